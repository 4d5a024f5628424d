"""Everything that delivering notices needs."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from psycopg_pool import ConnectionPool

from broker.bookkeeping import books
from broker.clock import Clock
from broker.ledger.connect import Connection
from broker.notices.channels import channels
from broker.notices.deliver import Post
from broker.notices.directory import directory
from broker.notices.send import send
from broker.registry.filed import Registry
from broker.settings import Settings
from broker.shelf import in_ledger
from broker.wiring import deployment
from broker.wiring.deployment import broker_key, given_clock, holder, ledger
from broker.wiring.reading import git_host, judged, reader_of


def post_of(
    settings: Settings,
    pool: ConnectionPool[Connection],
    registry: Callable[[], Registry],
    clock: Clock,
    sender: str,
) -> Post:
    """The post of a process that has ledger and registry open already.

    Raises:
        SettingsError: The channels are wrong.
    """
    return Post(
        ledger=partial(in_ledger, pool),
        channels=channels(settings.notices),
        directory=lambda: directory(registry()),
        send=send,
        clock=clock,
        sender=sender,
        reached=deployment.named_step,
    )


@contextlib.contextmanager
def post(settings: Settings, as_of: datetime | None) -> Iterator[Post]:
    """The post of a command; what it did is published at its end.

    Raises:
        SettingsError: The channels are wrong.
        LedgerUnavailable: The database does not answer.
        RegistryBroken: The registry cannot be read.
    """
    clock, key = given_clock(as_of), broker_key(settings)
    host = git_host(settings, key, clock)
    registry = judged(settings, reader_of(settings, key), host, clock())
    with ledger(settings) as pool:
        kept = books(settings, key, clock, pool, holder(), host)
        yield post_of(settings, pool, lambda: registry, clock, kept.holder)

        async def publish() -> None:
            async with kept.open():
                pass

        asyncio.run(publish())
