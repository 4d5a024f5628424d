"""The papers of a registry as they stood at an instant: which documents count, and when each was received."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TypeVar

from broker.clock import day_of, start_of
from broker.documents.envelope import Spec
from broker.documents.organisations import OrganisationSpec, ProviderSpec, UnitSpec
from broker.documents.platform import ParameterSpec
from broker.documents.records import Admitted, Provisioned, Received, Record
from broker.registry.filed import Filed, Registry

SINCE = "periodic-clocks-from"
"""Parameter with the first day of which periodic duties are asked."""

S = TypeVar("S", bound=Spec)


@dataclass(frozen=True)
class Papers:
    """Documents received by `as_of` that no rule refused, and what the records tell of them."""

    registry: Registry
    """With the documents that count only."""
    as_of: datetime
    receipts: dict[str, datetime]
    """By document digest."""
    admitted: dict[str, datetime]
    """When the broker admitted a document, by digest."""
    provisioned: tuple[Provisioned, ...]

    def of(self, spec: type[S]) -> tuple[Filed[S], ...]:
        """The documents of one kind in force, in order."""
        return self.registry.in_force(spec)

    def received(self, filed: Filed[Spec]) -> datetime:
        """When the broker first saw it: what counts for clocks, whatever date stands on the paper."""
        return self.receipts[filed.digest]

    def parameter(self, name: str) -> int | str | None:
        """The value of a parameter on the day of `as_of`; None where the office has set none (C-30)."""
        today = day_of(self.as_of)
        found = [f.spec for f in self.of(ParameterSpec) if f.spec.name == name and f.spec.valid_from <= today]
        return max(found, key=lambda spec: spec.valid_from).value if found else None

    def number(self, name: str, default: int) -> int:
        """A parameter that is a whole number, or the proposed reading."""
        value = self.parameter(name)
        return value if isinstance(value, int) else default

    @cached_property
    def since(self) -> date:
        """The first day of periodic duties: the parameter, else the broker's first receipt, else 1 January.

        Before the broker kept time nothing could be in time.
        """
        value = self.parameter(SINCE)
        if isinstance(value, str):
            return date.fromisoformat(value)
        seen = [record.at for record in self.registry.records if isinstance(record, Received)]
        return day_of(min(seen)) if seen else date(day_of(self.as_of).year, 1, 1)

    def holder(self, role: str) -> str:
        """The organisation that holds a role; the office where nobody is designated for it (C-3); empty = nobody."""
        held: dict[str, str] = {f.spec.role: self.registry.first(f.id) for f in self.of(OrganisationSpec)}
        return held.get(role) or held.get("cloud_office", "")

    @cached_property
    def units(self) -> tuple[str, ...]:
        """Every registered unit, by the id it is known by for ever."""
        return tuple(self.registry.first(f.id) for f in self.of(UnitSpec))

    @cached_property
    def providers(self) -> tuple[str, ...]:
        """Every provider whose right to serve was not revoked (C-29)."""
        return tuple(self.registry.first(f.id) for f in self.of(ProviderSpec) if f.spec.status != "revoked")


def papers_of(registry: Registry, as_of: datetime) -> Papers:
    """The papers at an instant. Without any record, as in a plain folder, the dates on the papers count."""
    records = tuple(_until(registry.records, as_of))
    receipts = _receipts(registry, as_of)
    refused = {r.document for r in records if isinstance(r, Admitted) and not r.admitted}
    refused -= {r.document for r in records if isinstance(r, Admitted) and r.admitted}
    counted = tuple(f for f in registry.filed if receipts[f.digest] <= as_of and f.digest not in refused)
    return Papers(
        registry=Registry(registry.head, counted, records),
        as_of=as_of,
        receipts=receipts,
        admitted={r.document: r.as_of for r in records if isinstance(r, Admitted) and r.admitted},
        provisioned=tuple(r for r in records if isinstance(r, Provisioned)),
    )


def _until(records: tuple[Record, ...], as_of: datetime) -> Iterator[Record]:
    for record in records:
        if (record.as_of if isinstance(record, Admitted) else record.at) <= as_of:
            yield record


def _receipts(registry: Registry, as_of: datetime) -> dict[str, datetime]:
    """When each document came. One that no record tells of comes now, or on its own date where that is still ahead."""
    first: dict[str, datetime] = {}
    for record in registry.records:
        if isinstance(record, Received):
            first.setdefault(record.document, record.at)
    for record in registry.records:
        if isinstance(record, Admitted):
            first.setdefault(record.document, record.as_of)
    for filed in registry.filed:
        dated = start_of(filed.document.metadata.filed_on)
        first.setdefault(filed.digest, max(dated, as_of) if registry.records else dated)
    return first
