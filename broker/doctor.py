"""What a deployment uses, and whether each is there: the Pulumi CLI, the ledger, the registry, the clouds."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path

from broker import wiring
from broker.clouds import limits_told
from broker.engine import binary
from broker.errors import BrokerError, SettingsError
from broker.handover.delivery import undelivered
from broker.ledger import programs
from broker.ledger.rights import may_rewrite
from broker.notices.channels import channels
from broker.notices.send import understood
from broker.private import open_to_others
from broker.settings import Settings
from stacks.masked import masked


@dataclass(frozen=True, slots=True)
class Examined:
    """One thing that a deployment needs, and whether it is there."""

    what: str
    ok: bool
    told: str


async def examine(settings: Settings) -> tuple[Examined, ...]:
    """What the deployment uses, and whether each is there. Makes nothing: neither home folder nor ledger."""
    if not wiring.is_there(settings):
        gone = Examined("home", ok=False, told=f"{settings.home} is not there; {wiring.MAKE_HOME}")
        return await _examined("pulumi", _pulumi()), gone
    return (
        await _examined("pulumi", _pulumi()),
        await _examined("ledger", asyncio.to_thread(_ledger_told, settings)),
        await _examined("registry", asyncio.to_thread(_registry_told, settings)),
        _file_told("clouds", settings.clouds),
        _file_told("object stores", settings.object_stores),
        await _examined("limits", asyncio.to_thread(limits_told, settings)),
        await _examined("secrets", asyncio.to_thread(_secrets_told, settings)),
        await _examined("notices", asyncio.to_thread(_notices_told, settings)),
        _modes_told(settings),
    )


async def _examined(what: str, asking: Awaitable[str]) -> Examined:
    try:
        return Examined(what, ok=True, told=await asking)
    except BrokerError as error:
        return Examined(what, ok=False, told=str(error))


async def _pulumi() -> str:
    found = await wiring.pulumi()
    why = (
        "on PATH in the pinned version" if found.how is binary.How.PATH else "in the user's cache, its digest verified"
    )
    return f"{found.version} at {found.path}, {why}"


def _notices_told(settings: Settings) -> str:
    found = channels(settings.notices)
    if not found.by_name:
        return f"no channel: nobody is told anything; name some in {settings.notices} (docs/notices.md)"
    if odd := [name for name, channel in found.by_name.items() if not understood(channel)]:
        raise SettingsError(f"reading {settings.notices}: Apprise cannot read the address of {', '.join(odd)}")
    return f"{len(found.by_name)} channels: {', '.join(found.by_name)}"


def _ledger_told(settings: Settings) -> str:
    if not wiring.has_ledger(settings):
        return f"none yet: {wiring.MAKE_LEDGER}; the server lies in {programs.folder()}"
    with wiring.ledger(settings) as connections, connections.connection() as connection:
        row = connection.execute("select version() as version").fetchone()
        told = f"{'PostgreSQL by dsn' if settings.dsn else 'embedded'}: {row['version'] if row else 'no answer'}"
        one_role = "; the broker's role owns it, only triggers keep its audit log: set owner_dsn (docs/audit.md)"
        return told + (one_role if may_rewrite(connection) else "")


def _registry_told(settings: Settings) -> str:
    found = wiring.registry_of(settings, None)
    return f"{len(found.filed)} documents at {found.head[:12]}, {len(found.refused)} refused"


def _file_told(what: str, path: Path) -> Examined:
    private = path.exists() and path.stat().st_mode & 0o077 == 0
    if private:
        return Examined(what, ok=True, told=str(path))
    cure = (
        f"readable by others: chmod 600 {path}" if path.exists() else "not there; docs/settings.md says what it holds"
    )
    return Examined(what, ok=False, told=f"{path} is {cure}")


def _secrets_told(settings: Settings) -> str:
    store = wiring.secret_store(settings)
    kept = store.stacks()
    waiting = [stack for stack, _ in undelivered(store, wiring.registry_of(settings, None).records)]
    where = settings.vault_url or settings.secrets / "hand-over"
    told = f"of {len(kept)} stacks in {where}, packages in {settings.outgoing}"
    return f"{told}; waiting: {', '.join(waiting)}, see `broker secrets list`" if waiting else told


def _modes_told(settings: Settings) -> Examined:
    """Passwords may stand in broker.toml as well: in the connection string of the ledger."""
    private = (settings.secrets, settings.outgoing, settings.work)
    found = [f"chmod {mode:o} {path}" for path, mode in open_to_others(settings.home, *private)]
    toml = settings.home / "broker.toml"
    if toml.exists() and masked(settings.dsn) != settings.dsn and toml.stat().st_mode & 0o077:
        found.append(f"chmod 600 {toml}")
    told = f"others may read what they should not: {'; '.join(found)}" if found else "only the owner reads secrets"
    return Examined("modes", ok=not found, told=told)
