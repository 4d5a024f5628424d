"""How every waiver stands at an instant: live, unused, expiring, expired."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from broker.clock import day_of
from broker.documents.records import Admitted
from broker.documents.waivers import WaiverSpec
from broker.registry.filed import Filed, Registry

EXPIRING_DAYS = 30


class State(StrEnum):
    """What there is to say of a waiver; several may hold at once."""

    COMING = "coming"
    LIVE = "live"
    EXPIRING = "expiring"
    """Live, with thirty days left at most."""
    EXPIRED = "expired"
    UNUSED = "unused"
    """Its time has begun, and no document was admitted by it."""


@dataclass(frozen=True, slots=True)
class Waived:
    """A waiver, how it stands, and the documents that were admitted by it."""

    waiver: Filed[WaiverSpec]
    states: tuple[State, ...]
    used_by: tuple[str, ...]


def waived(registry: Registry, as_of: datetime) -> tuple[Waived, ...]:
    """Every admitted waiver that no other paper replaced, what ends first first."""
    outcomes = [record for record in registry.records if isinstance(record, Admitted)]
    admitted = {record.document for record in outcomes if record.admitted}
    found = []
    for waiver in registry.in_force(WaiverSpec):
        if waiver.digest in admitted:
            used_by = tuple(r.id for r in outcomes if r.admitted and waiver.id in r.lifted_by)
            found.append(Waived(waiver, tuple(_states(waiver.spec, as_of, used=bool(used_by))), used_by))
    return tuple(sorted(found, key=lambda w: (w.waiver.spec.valid_until, w.waiver.id)))


def _states(spec: WaiverSpec, as_of: datetime, *, used: bool) -> Iterator[State]:
    today = day_of(as_of)
    if today < spec.valid_from:
        yield State.COMING
        return
    if today > spec.valid_until:
        yield State.EXPIRED
    else:
        yield State.LIVE
        if spec.valid_until - today <= timedelta(days=EXPIRING_DAYS):
            yield State.EXPIRING
    if not used:
        yield State.UNUSED
