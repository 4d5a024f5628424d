"""The documents of all cases that count: admitted, and in force among those that were."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar, cast

from broker.documents.envelope import Spec
from broker.registry.filed import Filed, replaced

S = TypeVar("S", bound=Spec)


@dataclass(frozen=True, slots=True)
class Admission:
    """When the broker received a document and whether its rules admitted it."""

    received_at: datetime
    admitted: bool


@dataclass(frozen=True)
class Cases:
    """The admitted documents of all cases, each kind by what it is about. Built once per fold."""

    admissions: Mapping[str, Admission]
    by_kind: Mapping[str, tuple[Filed[Spec], ...]]

    def of(self, spec: type[S]) -> tuple[Filed[S], ...]:
        """The admitted documents of one kind, in order."""
        return cast("tuple[Filed[S], ...]", self.by_kind.get(spec.kind, ()))

    def received(self, filed: Filed[Spec]) -> datetime:
        """When the broker first saw it."""
        return self.admissions[filed.digest].received_at


def cases_of(filed: tuple[Filed[Spec], ...], admissions: Mapping[str, Admission]) -> Cases:
    """The documents that count: admitted, and neither superseded nor withdrawn by an admitted one."""
    admitted = [f for f in filed if (a := admissions.get(f.digest)) is not None and a.admitted]
    gone = replaced(admitted)
    kinds: dict[str, list[Filed[Spec]]] = {}
    for f in admitted:
        if f.id not in gone:
            kinds.setdefault(f.kind, []).append(f)
    return Cases(admissions, {kind: tuple(members) for kind, members in kinds.items()})
