from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from broker.engine import state
from broker.engine.attended import Attended, attended, completed
from broker.engine.inline import Served
from broker.errors import EngineError
from stacks.program.language import Program
from tests.integration.engine.conftest import STACK, Bench
from tests.integration.engine.memory_cloud import MemoryProvider
from tests.integration.engine.test_run import server

if TYPE_CHECKING:
    from stacks.resource import Resource


async def by_hand(bench: Bench, held: bytes | None, *arguments: str, program: tuple[Resource, ...] = ()) -> Attended:
    known = state.known_ids(held) if held else frozenset()
    return await attended(
        arguments,
        STACK,
        held,
        lambda: Served(MemoryProvider(bench.cloud, known), Program(program)),
        passphrase=bench.passphrase,
        work=bench.work,
        binary=bench.binary,
        inherited={**os.environ, "OS_PASSWORD": "x"},
    )


async def test_a_person_runs_the_real_cli_on_the_same_state(bench: Bench, capfd: pytest.CaptureFixture[str]) -> None:
    made = await by_hand(bench, None, "up", "--yes", "--skip-preview", program=(server("web"),))
    assert made.code == 0, capfd.readouterr()
    assert made.state is not None
    assert state.known_ids(made.state) == set(bench.cloud.objects())
    assert (await by_hand(bench, made.state, "stack", "export")).code == 0
    assert "govcloud:test:Server" in capfd.readouterr().out


def test_a_stack_named_by_the_person_is_refused() -> None:
    with pytest.raises(EngineError, match="leave --stack out"):
        completed(("up", "--stack", "other"), STACK, 1)


def test_what_works_on_no_stack_is_left_as_it_is() -> None:
    assert completed(("version",), STACK, 1) == ("version",)
