"""Key documents: a person's key is registered, replaced or ended. Two people of the office sign each of them."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Literal

from broker.documents.organisations import KeySpec, PersonSpec
from broker.drafts.draft import Draft, Filing, drafted, unused
from broker.errors import CannotDraft
from broker.nearest import unknown
from broker.registry.filed import Filed, Registry
from broker.signatures.key import fingerprint

Purpose = Literal["sign", "receive"]


@dataclass(frozen=True, slots=True)
class Period:
    """From when on a key holds, and until when (None = until it is ended)."""

    first: datetime
    until: datetime | None = None


def register(known: Registry, person: str, public_key: str, purpose: Purpose, period: Period, filing: Filing) -> Draft:  # noqa: PLR0913, PLR0917 - what a key document says
    """The document that brings a person's first key for this purpose.

    Raises:
        CannotDraft: There is no such person, he has a key for it already, or the text is no public key.
    """
    _known_person(known, person)
    if has := key_of(known, person, purpose):
        raise CannotDraft(f"{person} has the key {has.id} to {purpose} already; rotate it, or revoke it first")
    return _draft(known, person, _public(public_key), purpose, period, filing)


def rotate(known: Registry, person: str, public_key: str, purpose: Purpose, period: Period, filing: Filing) -> Draft:  # noqa: PLR0913, PLR0917 - as above
    """The document by which a new key takes the place of the person's present one, from the merge on.

    Raises:
        CannotDraft: He has no key for this purpose, or the text is no public key, or is that of the present one.
    """
    before, text = _present(known, person, purpose), _public(public_key)
    if before.spec.public_key.split()[:2] == text.split()[:2]:
        raise CannotDraft(f"{before.id} has this very key; make a new one, such as by ssh-keygen -t ed25519")
    return _draft(known, person, text, purpose, period, _replacing(filing, before))


def revoke(known: Registry, person: str, purpose: Purpose, at: datetime, filing: Filing) -> Draft:
    """The document that ends the person's key. What it signed and the broker received before stays good.

    Raises:
        CannotDraft: He has no key for this purpose, or it begins only later.
    """
    before = _present(known, person, purpose)
    if at <= before.spec.valid_from:
        raise CannotDraft(f"{before.id} holds only from {before.spec.valid_from.isoformat()}; end it after that")
    if before.spec.valid_until is not None and before.spec.valid_until <= at:
        raise CannotDraft(f"{before.id} ended at {before.spec.valid_until.isoformat()} already")
    period = Period(before.spec.valid_from, at)
    return _draft(known, person, before.spec.public_key, purpose, period, _replacing(filing, before))


def key_of(known: Registry, person: str, purpose: Purpose) -> Filed[KeySpec] | None:
    """The person's key document in force for a purpose."""
    keys = (k for k in known.in_force(KeySpec) if k.spec.person == person and k.spec.purpose == purpose)
    return next(keys, None)


def _draft(known: Registry, person: str, public: str, purpose: Purpose, period: Period, filing: Filing) -> Draft:  # noqa: PLR0913, PLR0917 - as above
    name = unused(known, f"key-{person}" if purpose == "sign" else f"key-{person}-receive")
    content = {
        "person": person,
        "purpose": purpose,
        "public_key": public,
        "valid_from": period.first.isoformat(timespec="seconds"),
        "valid_until": period.until.isoformat(timespec="seconds") if period.until else None,
    }
    path = PurePosixPath(KeySpec.folder, "keys", f"{name.removeprefix('key-')}.yaml")
    return drafted(KeySpec, name, path, filing, content, f"密钥登记: {_fingerprint(public)}")


def _present(known: Registry, person: str, purpose: Purpose) -> Filed[KeySpec]:
    _known_person(known, person)
    if (found := key_of(known, person, purpose)) is None:
        raise CannotDraft(f"{person} has no key to {purpose} in force; register one")
    return found


def _known_person(known: Registry, person: str) -> None:
    names = {known.first(p.id) for p in known.in_force(PersonSpec)}
    if person not in names:
        raise CannotDraft(unknown("person", person, names))


def _replacing(filing: Filing, before: Filed[KeySpec]) -> Filing:
    return Filing(filing.by, filing.day, before.id, filing.note)


def _public(text: str) -> str:
    """The key without its remark, which might name a person or a machine."""
    public = " ".join(text.split()[:2])
    if not public.startswith("age1"):
        try:
            fingerprint(public)
        except (ValueError, IndexError):
            raise CannotDraft("the file is no public key; give the .pub file of ssh-keygen, or an age1… text") from None
    return public


def _fingerprint(public: str) -> str:
    return public if public.startswith("age1") else fingerprint(public)
