"""Packages of all secrets that wait, written to the outgoing folder; a record of each says what went to whom."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from broker import private
from broker.documents.records import Delivered, Record
from broker.handover.package import NoRecipient, Package, packed
from broker.handover.recipient import recipients
from broker.handover.store import SecretStore, StackSecrets
from broker.registry.filed import Registry

PACKAGE_SUFFIX = ".age"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A stack whose newest secrets have not gone to the unit, and why; no secret is in it."""

    stack: str
    why: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a round delivered, and what waits for something else than the next round."""

    delivered: tuple[Delivered, ...]
    waiting: tuple[Waiting, ...]


def deliver(  # noqa: PLR0913 - the parts of one round, each named at the call
    store: SecretStore, registry: Registry, units: Mapping[str, str], outgoing: Path, at: datetime, *, simulated: bool
) -> Delivery:
    """Packages for all stacks whose newest secrets no record says are delivered. `units`: the unit of each system.

    Killed before the records are kept it delivers again, in the place of the same files.
    """
    delivered: list[Delivered] = []
    waiting: list[Waiting] = []
    for stack, kept in undelivered(store, registry.records):
        unit = units.get(stack.partition(".")[0])
        if unit is None:
            waiting.append(Waiting(stack, "no document explains the stack; nobody gets its secrets"))
            continue
        try:
            package = packed(stack, unit, kept, recipients(registry, unit, at))
        except NoRecipient as error:
            waiting.append(Waiting(stack, str(error)))
            continue
        write(package, outgoing)
        delivered.append(_record(package, kept, at, simulated=simulated))
    return Delivery(tuple(delivered), tuple(waiting))


def undelivered(store: SecretStore, records: Iterable[Record]) -> Iterator[tuple[str, StackSecrets]]:
    """Every stack whose secrets are newer than those last delivered."""
    last = {record.stack: record.secrets for record in records if isinstance(record, Delivered)}
    for stack in store.stacks():
        kept = store.read(stack)
        if kept.secrets and last.get(stack) != kept.version:
            yield stack, kept


def write(package: Package, outgoing: Path) -> Path:
    """The package's file, `<unit>/<stack>.age`, in place of an older one. Whoever carries it sees nothing of it."""
    folder = private.make(outgoing / package.unit)
    path = folder / f"{package.stack}{PACKAGE_SUFFIX}"
    draft = path.with_suffix(".draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        stream.write(package.content)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
    return path


def _record(package: Package, kept: StackSecrets, at: datetime, *, simulated: bool) -> Delivered:
    return Delivered(
        stack=package.stack,
        unit=package.unit,
        package=package.digest,
        secrets=kept.version,
        recipients=package.recipients,
        at=at,
        simulated=simulated,
    )
