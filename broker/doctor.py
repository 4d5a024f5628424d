"""What a deployment uses, and whether each is there: the Pulumi CLI, the ledger, the registry, the clouds."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path

from broker import wiring
from broker.engine import binary
from broker.errors import BrokerError
from broker.settings import Settings


@dataclass(frozen=True, slots=True)
class Examined:
    """One thing that a deployment needs, and whether it is there."""

    what: str
    ok: bool
    told: str


async def examine(settings: Settings) -> tuple[Examined, ...]:
    """What the deployment uses, and whether each is there."""
    return (
        await _examined("pulumi", _pulumi()),
        await _examined("ledger", asyncio.to_thread(_ledger_told, settings)),
        await _examined("registry", asyncio.to_thread(_registry_told, settings)),
        _file_told("clouds", settings.clouds),
        _file_told("object stores", settings.object_stores),
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


def _ledger_told(settings: Settings) -> str:
    with wiring.ledger(settings) as connections, connections.connection() as connection:
        row = connection.execute("select version() as version").fetchone()
        return f"{'PostgreSQL by dsn' if settings.dsn else 'embedded'}: {row['version'] if row else 'no answer'}"


def _registry_told(settings: Settings) -> str:
    found = wiring.registry_of(settings, None)
    return f"{len(found.filed)} documents at {found.head[:12]}, {len(found.refused)} refused"


def _file_told(what: str, path: Path) -> Examined:
    private = path.exists() and path.stat().st_mode & 0o077 == 0
    told = str(path) if private else f"{path} is {'readable by others' if path.exists() else 'not there'}"
    return Examined(what, ok=private, told=told)
