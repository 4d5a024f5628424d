from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from broker.engine import passphrase as passphrases
from broker.engine import state
from broker.engine.binary import Binary, How
from broker.engine.command import Kind
from broker.engine.inline import Served
from broker.engine.run import Outcome, Run, Setting, operate
from broker.engine.scrub import Scrubber
from stacks.program.language import Program
from tests.fixtures.ledger import (
    ledger,
    ledger_database,
    ledger_dsn,
    ledger_owner,
    ledger_server,
    ledger_template,
)
from tests.integration.engine.memory_cloud import MemoryCloud, MemoryProvider
from tests.integration.engine.memory_workshop import SPEC
from tools import pulumi_cli

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from broker.engine.events import Event
    from broker.engine.passphrase import Passphrase
    from stacks.resource import Resource

__all__ = ["ledger", "ledger_database", "ledger_dsn", "ledger_owner", "ledger_server", "ledger_template"]

STACK = SPEC.name


@dataclass
class Bench:
    """One stack on the memory cloud, its state kept between runs as the ledger would."""

    folder: Path
    binary: Binary
    passphrase: Passphrase
    cloud: MemoryCloud
    state: bytes | None = None
    unclean: bool = False
    permitted: frozenset[str] = frozenset()
    events: list[Event] = field(default_factory=list)
    scrubber: Scrubber = field(default_factory=Scrubber)
    reached: Callable[[str], None] = lambda _step: None
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    runs: int = 0

    @property
    def work(self) -> Path:
        return self.folder / f"work-{self.runs}"

    async def run(self, kind: Kind, resources: Sequence[Resource] | None = None) -> Outcome:
        self.runs += 1
        setting = Setting(
            self.work, self.binary, self.events.append, self.reached, self.stop, self.scrubber, self.unclean
        )
        outcome = await operate(
            Run(STACK, kind, self.state, None if resources is None else SPEC, self.passphrase),
            lambda: self._serve(resources or ()),
            setting,
        )
        if kind is not Kind.PREVIEW:
            self.state, self.unclean = outcome.state, not outcome.clean
        return outcome

    def _serve(self, resources: Sequence[Resource]) -> Served:
        known = state.known_ids(self.state) if self.state else frozenset()
        return Served(MemoryProvider(self.cloud, known, self.permitted, self._hand_over), Program(resources))

    def _hand_over(self, _what: str, fields: object) -> None:
        assert isinstance(fields, dict)
        self.scrubber.learn(fields.values())


@pytest.fixture(scope="session")
def binary() -> Binary:
    found = pulumi_cli.ensure()
    return Binary(found.path, found.version, How.CACHE)


@pytest.fixture(scope="session")
def passphrase(tmp_path_factory: pytest.TempPathFactory) -> Passphrase:
    return passphrases.ensure(tmp_path_factory.mktemp("deployment"))


@pytest.fixture
def bench(tmp_path: Path, binary: Binary, passphrase: Passphrase) -> Bench:
    (tmp_path / "cloud").mkdir()
    return Bench(tmp_path, binary, passphrase, MemoryCloud(tmp_path / "cloud"))
