"""Who takes part: the district's organisations, people, their roles and keys (C-2, C-3, C-6(三))."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

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
            pattern=r"^(ssh-ed25519|sk-ssh-ed25519@openssh\.com|ecdsa-sha2-nistp256|age1)\S*( [A-Za-z0-9+/=]+)?$"
        ),
    ]
    valid_from: Instant
    valid_until: Instant | None = None
