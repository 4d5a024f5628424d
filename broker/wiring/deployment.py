"""What belongs to a deployment as such: settings, keys, ledger, the CLI, and the clock."""

import contextlib
import hashlib
import os
import pwd
import secrets
import socket
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg_pool import ConnectionPool

from broker import private
from broker.bookkeeping import brought_up, door, migrated
from broker.cache_folder import user_cache
from broker.clock import SHANGHAI, Clock
from broker.clouds import spent
from broker.engine import binary
from broker.errors import LedgerUnavailable, SettingsError
from broker.estate.platform import platform_of
from broker.handover import SecretStore
from broker.handover.folder import FolderStore
from broker.handover.vault import VaultStore
from broker.ledger import calls, embedded
from broker.ledger.connect import Connection, pool
from broker.registry.filed import Registry
from broker.settings import Settings, settings_from
from broker.shelf import in_ledger
from broker.signatures.key import generate, load

ROOT = Path(__file__).parents[2]
MAKE_HOME = (
    "name its folder (--home, BROKER_HOME), or make one with broker.toml in it (docs/settings.md); "
    "`make demo` makes one to look at"
)
MAKE_LEDGER = "the first `broker reconcile` makes it; or set dsn (BROKER_DSN) to where it is"


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


def deployed(home: Path) -> Settings:
    """The settings of a deployment that is there already: commands that only look make none.

    Raises:
        SettingsError: There is no such folder, nor does the environment name a registry or a ledger elsewhere.
    """
    found = settings(home)
    if not is_there(found):
        raise SettingsError(f"looking at the deployment {found.home}: there is no such folder; {MAKE_HOME}")
    return found


def is_there(settings: Settings) -> bool:
    """Whether anything of the deployment is: its folder, or what the environment names in place of one."""
    return bool(settings.home.is_dir() or settings.registry.is_dir() or settings.remote or settings.dsn)


def with_ledger(home: Path) -> Settings:
    """The same, of a deployment that has its ledger.

    Raises:
        SettingsError: As `deployed`; or it has no ledger yet.
    """
    found = deployed(home)
    if not has_ledger(found):
        raise SettingsError(f"looking at the deployment {found.home}: it has no ledger yet; {MAKE_LEDGER}")
    return found


def has_ledger(settings: Settings) -> bool:
    """Whether there is a database to connect to, or an embedded one to start."""
    return bool(settings.dsn) or embedded.made(settings.home / "ledger")


@cache
def program_digest() -> str:
    """SHA-256 over the program and the provider: a stack built by other code is looked at again."""
    seen = hashlib.sha256(binary.VERSION.encode())
    for path in sorted((ROOT / "stacks").rglob("*.py")):
        seen.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return seen.hexdigest()


@contextlib.contextmanager
def ledger(settings: Settings) -> Iterator[ConnectionPool[Connection]]:
    """Connections to the ledger, brought to the present schema. At the end what clouds were called is counted."""
    with pool(ledger_dsn(settings), settings.parallel_stacks + 3) as connections:
        yield connections
        # nothing is judged by them: what was done and kept does not fail since they cannot be counted any more
        with contextlib.suppress(LedgerUnavailable), spent() as last:
            if last:
                in_ledger(connections, lambda conn: calls.add(conn, last))


def ledger_dsn(settings: Settings) -> str:
    """Where the ledger is, at the present schema; the embedded server is started where no DSN is set."""
    way = door(settings)
    brought_up(way, lambda applied: migrated(applied, person(), given_clock(None)))
    return way.service


def person() -> str:
    """Who runs this process, as the machine knows him: `user@host`."""
    return f"{pwd.getpwuid(os.getuid()).pw_name}@{socket.gethostname()}"


def holder() -> str:
    """A name that no other process has."""
    return f"{person()}:{os.getpid()}:{secrets.token_hex(3)}"


def secret_store(settings: Settings) -> SecretStore:
    """Where the secrets that clouds make are kept: a vault by setting, else the deployment's private folder."""
    if settings.vault_url:
        return VaultStore(settings.vault_url, settings.vault_token, settings.vault_mount, settings.vault_path)
    return FolderStore(settings.secrets / "hand-over")


def reading_key(settings: Settings) -> Ed25519PrivateKey:
    """The broker's key for who only reads: without one no record can be its own, and none is kept."""
    return broker_key(settings) if (settings.secrets / "broker-key").exists() else Ed25519PrivateKey.generate()


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
    return await binary.find(os.environ.get("PATH", ""), user_cache(os.environ))


def allowed(registry: Registry, *, simulated: bool) -> None:
    """Nothing, where the platform document allows what is asked.

    Raises:
        SettingsError: A simulated instant, in a registry whose platform document allows none.
    """
    district = platform_of(registry).district
    if simulated and not (district and district.simulation):
        raise SettingsError("a simulated instant was given: the platform document of this registry allows none")


def named_step(_step: str) -> None:
    """Nothing: in production no named step does anything. The kill test puts its own function in this one's place."""


def given_clock(as_of: datetime | None) -> Clock:
    """The machine's clock, or one that stands at a simulated instant, which is naive and Shanghai's."""
    if as_of is None:
        return lambda: datetime.now(UTC)  # noqa: TID251 - wiring is where the clock is given
    fixed = as_of.replace(tzinfo=SHANGHAI)
    return lambda: fixed
