"""An office without a ledger, for who only looks: where no round was held nothing is known, and nothing is kept."""

import asyncio
import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from broker.clock import Clock
from broker.engine import passphrase
from broker.engine.binary import Binary
from broker.engine.run import run
from broker.errors import LedgerUnavailable
from broker.handover import SecretStore
from broker.papers import rule_set
from broker.plan.target import Applied, Target
from broker.preview import Previewed, preview
from broker.reconcile import Office
from broker.registry.git import text_of
from broker.registry.host import Host
from broker.registry.reader import Reader
from broker.settings import Settings
from broker.wiring import deployment
from broker.wiring.deployment import MAKE_LEDGER, program_digest
from broker.wiring.reading import judged
from broker.wiring.stack import emptied, folder_of, left, operation_on, still_there
from broker.workshop import Kept, Workshop


async def refused(*_asked: object, **_named: object) -> NoReturn:
    """Never: whoever writes makes the ledger first.

    Raises:
        LedgerUnavailable: Always.
    """
    raise LedgerUnavailable(f"writing to the deployment: it has no ledger yet; {MAKE_LEDGER}")


@dataclass(frozen=True, slots=True)
class EmptyShelf:
    """The shelf of a deployment that has no ledger. `once_provisioned`: what records say was brought about."""

    once_provisioned: frozenset[str]
    acquire = renew = release = begin = save = keep = note = staticmethod(refused)

    async def load(self, stack: str) -> Kept:
        """No state: of a stack that was brought about once it was lost with the ledger."""
        return Kept(None, clean=stack not in self.once_provisioned)


@dataclass(frozen=True, slots=True)
class Bare:
    """What such an office is made of."""

    settings: Settings
    reader: Reader
    host: Host
    clock: Clock
    cli: Binary
    store: SecretStore
    once_provisioned: frozenset[str]
    simulated: bool

    def office(self) -> Office:
        """Reads, decides on paper and previews; whatever would write is refused."""
        return Office(
            read=lambda instant: judged(self.settings, self.reader, self.host, instant),
            text=lambda commit, path: text_of(self.settings.registry, commit, path),
            take=refused,
            newest=refused,
            append=refused,
            note=refused,
            applied=_nothing,
            apply=refused,
            attend=refused,
            preview=self._previewed,
            deliver=refused,
            rules=rule_set(),
            program_digest=program_digest(),
            clock=self.clock,
            reached=deployment.named_step,
            stopping=asyncio.Event(),
            simulated=self.simulated,
            parallel_stacks=self.settings.parallel_stacks,
            away=lambda: self.host.away,
        )

    async def _previewed(self, target: Target) -> Previewed:
        with _folder() as folder:
            return await preview(target, self._workshop(folder))

    def _workshop(self, folder: Path) -> Workshop:
        """No state is sealed yet, so any passphrase does: it goes with the folder."""
        return Workshop(
            shelf=EmptyShelf(self.once_provisioned),
            engine=run,
            clock=self.clock,
            binary=self.cli,
            passphrase=passphrase.ensure(folder / "secrets"),
            lease_s=self.settings.lease_s,
            operation=lambda target, fence: operation_on(self.settings, target, fence, self.store),
            emptied=emptied,
            left=left,
            still_there=still_there,
            folder=lambda stack: folder_of(folder / "work", stack),
            reached=deployment.named_step,
            stop=asyncio.Event(),
        )


async def _nothing() -> Mapping[str, Applied]:
    return {}


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="broker-preview-") as folder:
        yield Path(folder)
