"""The registry as a deployment reads it: its git host, its signatures judged, facts that wait."""

import threading
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg_pool import ConnectionPool

from broker.clock import Clock
from broker.errors import SettingsError
from broker.estate.fold import admissions_of, fold
from broker.estate.platform import platform_of
from broker.ledger.connect import Connection
from broker.outage import known
from broker.plan.target import targets
from broker.registry.authority import authorised
from broker.registry.filed import Registry
from broker.registry.host import Host
from broker.registry.reader import Reader
from broker.registry.replaced import accepted
from broker.settings import Settings
from broker.shelf import in_ledger
from broker.signatures.key import fingerprint, public_text
from broker.wiring.deployment import given_clock, reading_key

MAKE_REGISTRY = (
    "clone it there, or set registry or remote in broker.toml (docs/settings.md); `broker init DIR` makes a new one"
)


def git_host(settings: Settings, key: Ed25519PrivateKey, clock: Clock) -> Host:
    """The registry's git host and its copy here; without a remote the registry is the repository here."""

    def office_accepted(last: str, head: str) -> bool:
        root, record_key = settings.trust_root or None, fingerprint(public_text(key))
        return accepted(settings.registry, last, head, trust_root=root, record_key=record_key, at=clock())

    credentials = settings.secrets / "git-credentials"
    return Host(settings.registry, settings.remote, settings.branch, credentials, office_accepted)


def reader_of(settings: Settings, key: Ed25519PrivateKey) -> Reader:
    """What reads the branch, and keeps what it has read for the next time."""
    return Reader(settings.registry, settings.branch, fingerprint(public_text(key)))


def judged(settings: Settings, reader: Reader, host: Host, as_of: datetime) -> Registry:
    """The registry at the head of its branch as the git host has it now, its signatures judged.

    Raises:
        SettingsError: There is none, and no git host to fetch it from.
        RegistryBroken: git cannot read it.
    """
    if not settings.remote and not settings.registry.is_dir():
        raise SettingsError(f"reading the registry {settings.registry}: there is no such folder; {MAKE_REGISTRY}")
    host.refresh()
    return authorised(reader.read(), settings.trust_root or None, as_of)


def read_by_one(  # noqa: PLR0913, PLR0917 - the parts of one reading
    settings: Settings,
    reader: Reader,
    host: Host,
    pool: ConnectionPool[Connection],
    as_of: datetime,
    alone: threading.Lock,
) -> Registry:
    """The registry with the facts that wait; jobs of one process read one after another, so that most find it read."""
    with alone:
        found = judged(settings, reader, host, as_of)
    return in_ledger(pool, lambda conn: known(conn, found))


def read(settings: Settings, key: Ed25519PrivateKey, as_of: datetime) -> Registry:
    """The registry at the head of its branch, its signatures judged by the deployment's trust root."""
    return judged(settings, reader_of(settings, key), git_host(settings, key, lambda: as_of), as_of)


def stacks_of(settings: Settings) -> tuple[str, ...]:
    """The names of the stacks that admitted documents call for now."""
    now = given_clock(None)()
    registry = read(settings, reading_key(settings), now)
    estate = fold(registry.filed, admissions_of(registry.records), now)
    return tuple(target.stack for target in targets(estate, platform_of(registry)))


def registry_of(settings: Settings, as_of: datetime | None) -> Registry:
    """The registry as a command sees it that neither decides nor writes."""
    return read(settings, reading_key(settings), given_clock(as_of)())
