"""Who takes part: the district's organisations, people, their roles and keys (C-2, C-3, C-6(三))."""

import base64
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from broker.documents.envelope import Nature, Spec
from broker.documents.fields import Day, Id, Instant, Line, Part, Text

Role = Literal[
    "cloud_office",
    "ops_department",
    "unit",
    "provider",
    "security_supervisor",
    "finance_department",
    "facility_operator",
]
"""The parties of the rule; the glossary has their Chinese names."""
_ALGORITHMS: Final = {
    "sign": ("ssh-ed25519", "sk-ssh-ed25519@openssh.com"),
    "receive": ("age", "ssh-ed25519"),
}
"""What each purpose can be served with: a security key signs, and decrypts nothing."""


class OrganisationSpec(Spec):
    """An organisation that is neither a using unit nor a provider: such as the cloud office."""

    kind: ClassVar = "Organisation"
    nature: ClassVar = Nature.FOUNDATION
    folder: ClassVar = "organisations"
    signed_by: ClassVar = ("cloud_office",)

    name_zh: Line
    role: Literal["cloud_office", "ops_department", "security_supervisor", "finance_department", "facility_operator"]
    designated_on: Day | None = None
    """Date of the designation (C-3, C-15), where the role is designated."""


class UnitSpec(Spec):
    """A using unit (使用单位, C-2)."""

    kind: ClassVar = "Unit"
    nature: ClassVar = Nature.FOUNDATION
    folder: ClassVar = "organisations"
    signed_by: ClassVar = ("cloud_office",)

    name_zh: Line
    unit_kind: Literal["administrative", "public_institution", "subdistrict", "town", "other"]
    basis: Text | None = None
    """Why an organisation of kind `other` was registered (reading R15)."""


class ProviderSpec(Spec):
    """A cloud provider (政务云服务商) and how it stands (C-3, C-15(二), C-29)."""

    kind: ClassVar = "Provider"
    nature: ClassVar = Nature.FOUNDATION
    folder: ClassVar = "organisations"
    signed_by: ClassVar = ("cloud_office",)

    name_zh: Line
    status: Literal["active", "rectifying", "revoked"]
    review_passed_on: Day | None = None
    """政务云安全审查 (C-15(二))."""
    review_valid_until: Day | None = None
    assessment_passed_on: Day | None = None
    """信息安全测评 by an assessment organisation (C-15(二)); a later `ProviderReview` renews either."""
    assessment_valid_until: Day | None = None


class RoleHeld(Part):
    """A role that a person holds in his organisation, and from when until when."""

    role: Role
    valid_from: Day
    valid_until: Day | None = None


class PersonSpec(Spec):
    """A person who files, decides or signs. No personal contact stands here: it lies in the contact store."""

    kind: ClassVar = "Person"
    nature: ClassVar = Nature.FOUNDATION
    folder: ClassVar = "organisations"
    signed_by: ClassVar = ("cloud_office",)
    signatures: ClassVar = 2

    organisation: Id
    """The unit, provider or organisation that the person acts for."""
    roles: Annotated[tuple[RoleHeld, ...], Field(min_length=1)]


class KeySpec(Spec):
    """A person's public key. It signs from `valid_from`, as received by the broker, until it ends or is revoked."""

    kind: ClassVar = "Key"
    nature: ClassVar = Nature.FOUNDATION
    folder: ClassVar = "organisations"
    signed_by: ClassVar = ("cloud_office",)
    signatures: ClassVar = 2

    person: Id
    purpose: Literal["sign", "receive"]
    """`sign`: decisions and evidence. `receive`: hand-over packages are encrypted to it."""
    public_key: Annotated[
        str,
        StringConstraints(
            pattern=r"^((ssh-ed25519|sk-ssh-ed25519@openssh\.com) [A-Za-z0-9+/]+={0,2}"
            r"|age1[02-9ac-hj-np-z]{58})$"  # bech32 of 32 bytes
        ),
    ]
    """The first two words of a .pub file, of ssh-ed25519 or a security key's; or, to receive, an age1… text."""
    valid_from: Instant
    valid_until: Instant | None = None

    @model_validator(mode="after")
    def _a_key_for_its_purpose(self) -> Self:
        words = self.public_key.split()
        algorithm = words[0] if len(words) > 1 else "age"
        if algorithm not in _ALGORITHMS[self.purpose]:
            raise ValueError(f"give a key of {' or '.join(_ALGORITHMS[self.purpose])}: others cannot {self.purpose}")
        if algorithm != "age" and not _is_of(algorithm, words[1]):
            raise ValueError(f"copy the whole line of the .pub file: what follows {algorithm} is no such key")
        return self


def _is_of(algorithm: str, encoded: str) -> bool:
    """Whether the key says the same of itself (RFC 4253 6.6) and has its 32 bytes."""
    try:
        blob = base64.b64decode(encoded, validate=True)
    except ValueError:
        return False
    name = algorithm.encode()
    return blob.startswith(len(name).to_bytes(4, "big") + name + (32).to_bytes(4, "big")) and (
        algorithm != "ssh-ed25519" or len(blob) == len(name) + 4 + 4 + 32
    )
