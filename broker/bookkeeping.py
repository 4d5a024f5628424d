"""Ledger and `records` branch of a deployment, opened together: what one keeps for now, the other keeps for good."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg_pool import ConnectionPool

from broker import outage
from broker.audit.publish import Publisher, publishing
from broker.canonical import digest
from broker.clock import Clock
from broker.counters import publish
from broker.documents.records import Record
from broker.ledger import audit, embedded, months, rights
from broker.ledger.audit import Entry
from broker.ledger.connect import Connection, connect, pool
from broker.registry.host import Host
from broker.settings import Settings
from broker.shelf import on_ledger


@dataclass(frozen=True, slots=True)
class Door:
    """How a deployment's database is entered: by the broker's own role, and by the one that owns the ledger."""

    service: str
    owner: str

    @property
    def one_role(self) -> bool:
        """Whether both are one role: then triggers alone keep the audit log from the broker itself."""
        return self.service == self.owner


@dataclass(frozen=True, slots=True)
class Books:
    """The ledger of one process that writes, and the branch that it publishes to."""

    pool: ConnectionPool[Connection]
    publisher: Publisher
    holder: str
    lease_s: float
    host: Host
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """A process does not wait for itself in the database."""

    async def append(self, records: tuple[Record, ...]) -> None:
        """Nothing; the records are on their branch and on the git host, with every audit entry committed before.

        Raises:
            HostAway: Outcomes or receipts cannot be recorded now. Facts wait in the ledger instead.
        """
        async with self._turn:
            await on_ledger(self.pool, lambda conn: outage.append(conn, records, self._publishing(conn), self.lease_s))

    def _publishing(self, conn: Connection) -> Callable[[tuple[Record, ...]], None]:
        return lambda batch: publish(conn, batch, self._write, self.lease_s, self.holder)

    def _write(self, records: tuple[Record, ...]) -> int:
        return self.host.publish(lambda: self.publisher.write(records))

    async def note(self, entries: tuple[Entry, ...]) -> None:
        """Nothing; the entries are in the audit log."""
        await on_ledger(self.pool, lambda conn: _noted(conn, entries))

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """As long as it is open, audit entries are published in time; at its end all of them are.

        Raises:
            LedgerLost: The database has less than was published.
        """
        await asyncio.to_thread(self.publisher.check)
        async with publishing(lambda: asyncio.to_thread(self.publisher.due), lambda: self.append(())):
            yield


def books(  # noqa: PLR0913, PLR0917 - the parts of a deployment
    settings: Settings,
    key: Ed25519PrivateKey,
    clock: Clock,
    connections: ConnectionPool[Connection],
    holder: str,
    host: Host,
) -> Books:
    """The books of a process that writes; `holder` names it."""

    def kept(start: int) -> tuple[int, tuple[bytes, ...]]:
        with connections.connection() as conn:
            new = audit.unpublished(conn, start)
            return (start + len(new) if new else audit.size_of(conn)), new

    def waiting(start: int) -> tuple[int, float]:
        with connections.connection() as conn:
            return audit.waiting(conn, start)

    def closed(there: frozenset[str]) -> dict[str, bytes]:
        with connections.connection() as conn:
            found = (months.closed(conn, month) for month in months.digests(conn) if month not in there)
            return {month.month: month.facts for month in found if month}

    publisher = Publisher(settings.registry, key, settings.witness, clock, kept, waiting, closed)
    return Books(connections, publisher, holder, settings.lease_s, host)


def door(settings: Settings) -> Door:
    """How the ledger is entered; the embedded server is started where no DSN is set.

    Raises:
        LedgerUnavailable: It does not start.
    """
    if settings.dsn:
        return Door(settings.dsn, settings.owner_dsn or settings.dsn)
    server = embedded.start(settings.home / "ledger")
    return Door(server.dsn(user=embedded.SERVICE), server.dsn())


def brought_up(way: Door, told: Callable[[tuple[str, ...]], Entry]) -> None:
    """Nothing; the ledger has the present schema, and the broker's role what it needs of it.

    `told` gives the audit entry of migrations that were applied now.

    Raises:
        LedgerUnavailable: The database does not answer.
    """
    with connect(way.service) as service, connect(way.owner) as owner:
        if applied := rights.prepare(owner, service.info.user):
            audit.append(owner, told(applied))


def migrated(applied: tuple[str, ...], actor: str, clock: Clock) -> Entry:
    """The audit entry of migrations."""
    return Entry(clock(), actor, "operator", "migrate", "migrate", digest(applied), {"applied": list(applied)})


@contextlib.contextmanager
def connections(way: Door, size: int) -> Iterator[ConnectionPool[Connection]]:
    """Connections in the broker's own role."""
    with pool(way.service, size) as found:
        yield found


def _noted(conn: Connection, entries: Iterable[Entry]) -> None:
    with conn.transaction():
        audit.append_all(conn, entries)
