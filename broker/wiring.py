"""Builds the real parts by hand from the settings: the only reader of environment and clock."""

import asyncio
import contextlib
import hashlib
import importlib
import os
import pwd
import secrets
import shutil
import socket
import tempfile
import threading
import tomllib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg_pool import ConnectionPool

from broker import private
from broker.apply import Workshop, apply
from broker.attend import Person, attend
from broker.backup.run import Desk, Vaults
from broker.backup.subject import Place
from broker.bookkeeping import books, brought_up, door, migrated
from broker.check.review import Merged, merged
from broker.clock import SHANGHAI, Clock
from broker.clouds import connect, object_store
from broker.counters import take
from broker.documents.closings import MonthClosed
from broker.documents.records import Provisioned
from broker.engine import binary, passphrase
from broker.engine.attended import run_with
from broker.engine.events import Event
from broker.engine.run import run
from broker.errors import EngineError, SettingsError
from broker.estate.platform import platform_of
from broker.fence import fenced
from broker.handover import SecretStore, keeper
from broker.handover.delivery import deliver
from broker.handover.folder import FolderStore
from broker.handover.vault import VaultStore
from broker.leaving.evidence import Emptied
from broker.ledger import duties, events, months, stacks, usage
from broker.ledger.audit import Entry
from broker.ledger.connect import Connection, pool
from broker.ledger.leases import Lease
from broker.ledger.queue import newest_jobs
from broker.outage import known
from broker.papers import rule_set
from broker.plan.target import Target
from broker.preview import Previewed, changed, preview
from broker.reconcile import Office, draft
from broker.registry.authority import authorised
from broker.registry.filed import Registry
from broker.registry.git import text_of
from broker.registry.host import Host
from broker.registry.read import read_change
from broker.registry.reader import Reader
from broker.registry.replaced import accepted
from broker.settings import Settings, settings_from
from broker.shelf import PostgresShelf, in_ledger, on_ledger
from broker.signatures.key import fingerprint, generate, load, public_text
from broker.status import Known, Status, status
from stacks.provider.operation import Fenced, Operation, Permit

if TYPE_CHECKING:
    from broker.canonical import Json
    from broker.leaving.run import Desk as HandOverDesk

Watch = Callable[[Target, Event], None]
ROOT = Path(__file__).parents[1]


def settings(home: Path) -> Settings:
    """The deployment's settings: `broker.toml` in its folder, and the environment, which wins.

    Raises:
        SettingsError: The file is no TOML, or a setting is unknown or wrong.
    """
    home = home.absolute()
    try:
        file = tomllib.loads((home / "broker.toml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        file = {}
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"reading {home / 'broker.toml'}: {error}; see docs/settings.md") from error
    return settings_from(os.environ, file, home)


@cache
def program_digest() -> str:
    """SHA-256 over the program and the provider: a stack built by other code is looked at again."""
    seen = hashlib.sha256(binary.VERSION.encode())
    for path in sorted((ROOT / "stacks").rglob("*.py")):
        seen.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return seen.hexdigest()


@contextlib.asynccontextmanager
async def office(
    settings: Settings, as_of: datetime | None, watch: Watch, *, writes: bool = False, adopting: bool = False
) -> AsyncIterator[Office]:
    """Everything that reconciling needs. `as_of` is a naive instant in Shanghai, for simulations.

    One that `writes` publishes its audit entries while it is open, and all of them at its end. One that is `adopting`
    finds what clouds hold of stacks whose state was lost, and tells nobody.

    Raises:
        LedgerLost: It writes, and the database has less than was published of its audit log.
        RegistryBroken: The registry cannot be read, or `as_of` is given and its platform document allows none.
        ToolMissing: The Pulumi CLI is not there.
        LedgerUnavailable: The database does not answer.
    """
    clock, stopping = given_clock(as_of), asyncio.Event()
    key = broker_key(settings)
    reader, host, alone = _reader(settings, key), git_host(settings, key, clock), threading.Lock()
    # the CLI is asked for its version in a process of its own: meanwhile the registry is read
    judging = asyncio.to_thread(_judged, settings, reader, host, clock())
    registry, cli = await asyncio.gather(judging, pulumi())
    _allowed(registry, simulated=as_of is not None)

    store = secret_store(settings)
    with ledger(settings) as pool:
        kept = books(settings, key, clock, pool, _holder(), host)
        shelf = PostgresShelf(
            pool=pool,
            holder=kept.holder,
            lease_s=settings.lease_s,
            program_digest=program_digest(),
            once_provisioned=frozenset(r.stack for r in registry.records if isinstance(r, Provisioned)),
            clock=clock,
            adopting=adopting,
        )
        workshop = Workshop(
            shelf=shelf,
            engine=run,
            clock=clock,
            binary=cli,
            passphrase=passphrase.ensure(settings.secrets),
            lease_s=settings.lease_s,
            operation=lambda target, fence: _operation(settings, target, fence, store),
            emptied=_emptied,
            left=_left,
            folder=lambda stack: _folder(settings.work, stack),
            reached=named_step,
            stop=stopping,
        )
        async with kept.open() if writes else contextlib.nullcontext():
            yield Office(
                read=lambda instant: _read_by_one(settings, reader, host, pool, instant, alone),
                text=lambda commit, path: text_of(settings.registry, commit, path),
                take=lambda asked: on_ledger(
                    pool, lambda conn: take(conn, asked, host.goes_on, shelf.holder, settings.lease_s)
                ),
                append=kept.append,
                note=kept.note,
                applied=shelf.applied,
                apply=lambda target: apply(target, workshop, watch),
                attend=lambda target, arguments: attend(target, arguments, workshop, Person(os.environ, run_with)),
                preview=lambda target: preview(target, workshop),
                deliver=lambda known, estate: asyncio.to_thread(
                    deliver,
                    store,
                    known,
                    {system.id: system.unit for system in estate.systems},
                    settings.outgoing,
                    clock(),
                    simulated=as_of is not None,
                ),
                rules=rule_set(),
                program_digest=program_digest(),
                clock=clock,
                reached=named_step,
                stopping=stopping,
                simulated=as_of is not None,
                parallel_stacks=settings.parallel_stacks,
                away=lambda: host.away,
            )


def git_host(settings: Settings, key: Ed25519PrivateKey, clock: Clock) -> Host:
    """The registry's git host and its copy here; without a remote the registry is the repository here."""

    def office_accepted(last: str, head: str) -> bool:
        root, record_key = settings.trust_root or None, fingerprint(public_text(key))
        return accepted(settings.registry, last, head, trust_root=root, record_key=record_key, at=clock())

    credentials = settings.secrets / "git-credentials"
    return Host(settings.registry, settings.remote, settings.branch, credentials, office_accepted)


def _read_by_one(  # noqa: PLR0913, PLR0917 - the parts of one reading
    settings: Settings,
    reader: Reader,
    host: Host,
    pool: ConnectionPool[Connection],
    as_of: datetime,
    alone: threading.Lock,
) -> Registry:
    """The registry with the facts that wait; jobs of one process read one after another, so that most find it read."""
    with alone:
        judged = _judged(settings, reader, host, as_of)
    return in_ledger(pool, lambda conn: known(conn, judged))


async def previews(
    settings: Settings, as_of: datetime | None, revision: str, only: frozenset[str], watch: Watch
) -> tuple[Merged, tuple[Previewed, ...]]:
    """What merging the revision would do, on paper and to each stack that would change; `only` names stacks."""
    async with office(settings, as_of, watch) as parts:
        key = fingerprint(public_text(broker_key(settings)))
        base, change = read_change(settings.registry, settings.branch, revision, record_key=key)
        found = merged(base, change, settings.trust_root or None, parts.rules, parts.clock(), supposing=True)
        wanted = [target for target in changed(found) if not only or target.stack in only]
        return found, tuple([await parts.preview(target) for target in wanted])


async def status_of(settings: Settings, as_of: datetime | None) -> Status:
    """How every stack and every merged paper stands."""
    async with office(settings, as_of, lambda _target, _event: None) as parts:
        to_do = await draft(parts)
        now = parts.clock()
    with ledger(settings) as connections:
        return status(to_do, await on_ledger(connections, _known), now)


def _known(conn: Connection) -> Known:
    return Known(stacks.summaries(conn), events.last_errors(conn), newest_jobs(conn), duties.all_duties(conn))


@contextlib.asynccontextmanager
async def backups(settings: Settings, as_of: datetime | None) -> AsyncIterator[Desk]:
    """Everything that a round of backups needs. Raises as `office`, but needs no Pulumi."""
    clock, key = given_clock(as_of), broker_key(settings)
    host = git_host(settings, key, clock)
    registry = _judged(settings, _reader(settings, key), host, clock())
    _allowed(registry, simulated=as_of is not None)
    with ledger(settings) as pool:
        kept, shelf = books(settings, key, clock, pool, _holder(), host), _shelf(settings, pool, clock)
        async with kept.open():
            yield Desk(
                registry=await on_ledger(pool, lambda conn: known(conn, registry)),
                open=lambda place: _vaults(settings, place, shelf),
                append=kept.append,
                clock=clock,
                simulated=as_of is not None,
                parallel_stacks=settings.parallel_stacks,
            )


@contextlib.asynccontextmanager
async def hand_over(settings: Settings, as_of: datetime | None) -> AsyncIterator["HandOverDesk"]:
    """Everything that packing a leaving system's data needs. Raises as `office`, but needs no Pulumi."""
    from broker.leaving.run import Desk as HandOverDesk  # noqa: PLC0415 - as in `_vaults`

    clock, key = given_clock(as_of), broker_key(settings)
    host = git_host(settings, key, clock)
    registry = _judged(settings, _reader(settings, key), host, clock())
    _allowed(registry, simulated=as_of is not None)
    with ledger(settings) as pool:
        kept, shelf = books(settings, key, clock, pool, _holder(), host), _shelf(settings, pool, clock)
        async with kept.open():
            yield HandOverDesk(
                registry=registry,
                hold=lambda place: _held(settings, place, shelf),
                note=kept.note,
                clock=clock,
                person=person(),
            )


async def noted(settings: Settings, as_of: datetime | None, entries: tuple[Entry, ...]) -> None:
    """Nothing; what a person did with the broker is in the audit log, and published."""
    clock = given_clock(as_of)
    with ledger(settings) as pool:
        kept = books(
            settings, broker_key(settings), clock, pool, _holder(), git_host(settings, broker_key(settings), clock)
        )
        async with kept.open():
            await kept.note(entries)


@dataclass(frozen=True, slots=True)
class Accounts:
    """What a month is closed on, and where it is kept: for monitoring, which stands above the broker."""

    registry: Registry
    usages: Callable[[datetime, datetime], tuple[usage.Usage, ...]]
    closed: Callable[[str], months.ClosedMonth | None]
    keep: Callable[[months.ClosedMonth], months.ClosedMonth]
    record: Callable[[MonthClosed], None]
    """Writes the record to its branch, signed with the broker's key, and who closed the month to the audit log."""
    clock: Clock
    simulated: bool


@contextlib.contextmanager
def accounts(settings: Settings, as_of: datetime | None) -> Iterator[Accounts]:
    """The books of metering. Raises as `office`, but needs no Pulumi."""
    clock, key = given_clock(as_of), broker_key(settings)
    host = git_host(settings, key, clock)
    registry = _judged(settings, _reader(settings, key), host, clock())
    _allowed(registry, simulated=as_of is not None)
    with ledger(settings) as pool:
        kept = books(settings, key, clock, pool, _holder(), host)

        async def record(closed: MonthClosed) -> None:
            name = f"close-month {closed.month}"
            body: dict[str, Json] = {"month": closed.month, "policy": closed.policy}
            async with kept.open():
                await kept.note((Entry(clock(), person(), "operator", name, "close-month", closed.facts, body),))
                await kept.append((closed,))

        yield Accounts(
            registry=registry,
            usages=lambda start, end: in_ledger(pool, lambda conn: usage.between(conn, start, end)),
            closed=lambda month: in_ledger(pool, lambda conn: months.closed(conn, month)),
            keep=lambda month: in_ledger(pool, lambda conn: months.close(conn, month)),
            record=lambda closed: asyncio.run(record(closed)),
            clock=clock,
            simulated=as_of is not None,
        )


async def _emptied(target: Target, operation: Operation) -> Emptied:
    # a second of imports: in a thread, since the engine starts meanwhile
    await asyncio.to_thread(importlib.import_module, "broker.leaving.wipe")
    from broker.leaving import wipe  # noqa: PLC0415 - as in `_vaults`

    return await wipe.emptied(target, operation)


async def _left(target: Target, operation: Operation, before: Emptied) -> tuple[str, ...]:
    from broker.leaving import wipe  # noqa: PLC0415 - as in `_vaults`

    return await wipe.left(target, operation, before)


def _shelf(settings: Settings, pool: ConnectionPool[Connection], clock: Clock) -> PostgresShelf:
    """Leases alone: nothing is applied."""
    return PostgresShelf(pool, _holder(), settings.lease_s, program_digest(), frozenset(), clock)


@contextlib.asynccontextmanager
async def _vaults(settings: Settings, place: Place, shelf: PostgresShelf) -> AsyncIterator[Vaults | None]:
    # brings openstacksdk and botocore: a third of the start of every command that wires anything
    from broker.backup.opening import opened  # noqa: PLC0415 - see above

    async with _held(settings, place, shelf) as operation:
        if operation is None:
            yield None
            return
        async with opened(place, operation) as vaults:
            yield vaults


@contextlib.asynccontextmanager
async def _held(settings: Settings, place: Place, shelf: PostgresShelf) -> AsyncIterator[Operation | None]:
    """An operation under the stack's lease: no run of the engine changes its volumes meanwhile."""
    lease = await shelf.acquire(place.stack)
    if not isinstance(lease, Lease):
        yield None
        return
    target = Target(place.stack, None, "", None, place.cloud, place.project_name, ())
    try:
        async with fenced(lease, shelf.renew, settings.lease_s) as fence:
            yield _operation(settings, target, fence, secret_store(settings))
    except Fenced as error:
        raise EngineError(f"working on {place.stack}: {error}; run it again") from error
    finally:
        await shelf.release(lease)


def read(settings: Settings, key: Ed25519PrivateKey, as_of: datetime) -> Registry:
    """The registry at the head of its branch, its signatures judged by the deployment's trust root."""
    return _judged(settings, _reader(settings, key), git_host(settings, key, lambda: as_of), as_of)


def _reader(settings: Settings, key: Ed25519PrivateKey) -> Reader:
    return Reader(settings.registry, settings.branch, fingerprint(public_text(key)))


def _judged(settings: Settings, reader: Reader, host: Host, as_of: datetime) -> Registry:
    host.refresh()
    return authorised(reader.read(), settings.trust_root or None, as_of)


def registry_of(settings: Settings, as_of: datetime | None) -> Registry:
    """The registry as a command sees it that neither decides nor writes."""
    return read(settings, broker_key(settings), given_clock(as_of)())


@contextlib.contextmanager
def ledger(settings: Settings) -> Iterator[ConnectionPool[Connection]]:
    """Connections to the ledger, brought to the present schema."""
    with pool(ledger_dsn(settings), settings.parallel_stacks + 3) as connections:
        yield connections


def ledger_dsn(settings: Settings) -> str:
    """Where the ledger is, at the present schema; the embedded server is started where no DSN is set."""
    way = door(settings)
    brought_up(way, lambda applied: migrated(applied, person(), given_clock(None)))
    return way.service


def person() -> str:
    """Who runs this process, as the machine knows him: `user@host`."""
    return f"{pwd.getpwuid(os.getuid()).pw_name}@{socket.gethostname()}"


def _holder() -> str:
    """A name that no other process has."""
    return f"{person()}:{os.getpid()}:{secrets.token_hex(3)}"


def secret_store(settings: Settings) -> SecretStore:
    """Where the secrets that clouds make are kept: a vault by setting, else the deployment's private folder."""
    if settings.vault_url:
        return VaultStore(settings.vault_url, settings.vault_token, settings.vault_mount, settings.vault_path)
    return FolderStore(settings.secrets / "hand-over")


def broker_key(settings: Settings) -> Ed25519PrivateKey:
    """The key that the broker signs records with, made at first use. It signs facts and has no deciding role."""
    private.make(settings.secrets)
    path = settings.secrets / "broker-key"
    return load(path) if path.exists() else generate(path)


async def pulumi() -> binary.Binary:
    """The Pulumi CLI that this deployment runs.

    Raises:
        ToolMissing: It is neither on PATH nor in the user's cache.
    """
    return await binary.find(os.environ.get("PATH", ""), user_cache())


def _allowed(registry: Registry, *, simulated: bool) -> None:
    district = platform_of(registry).district
    if simulated and not (district and district.simulation):
        raise SettingsError("a simulated instant was given: the platform document of this registry allows none")


def named_step(_step: str) -> None:
    """Nothing: in production no named step does anything. The kill test puts its own function in this one's place."""


def _operation(settings: Settings, target: Target, fence: Callable[[], None], store: SecretStore) -> Operation:
    return Operation(
        target=target.cloud,
        project_name=target.project_name,
        known_ids=frozenset(),
        unclean=False,
        permit=Permit(),
        fence=fence,
        hand_over=keeper(store, target.stack),
        connect=lambda: connect(settings, target.cloud),
        object_store=object_store(settings, target.cloud),
        reached=named_step,
    )


@contextlib.contextmanager
def _folder(work: Path, stack: str) -> Iterator[Path]:
    private.make(work).chmod(0o700)  # it may have been there before
    folder = Path(tempfile.mkdtemp(prefix=f"{stack}-", dir=work))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def given_clock(as_of: datetime | None) -> Clock:
    """The machine's clock, or one that stands at a simulated instant, which is naive and Shanghai's."""
    if as_of is None:
        return lambda: datetime.now(UTC)  # noqa: TID251 - wiring is where the clock is given
    fixed = as_of.replace(tzinfo=SHANGHAI)
    return lambda: fixed


def user_cache() -> Path:
    """The user's cache folder (XDG)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
