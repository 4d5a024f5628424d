"""What Pulumi says that it would do: everything is named, nothing is written."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from psycopg_pool import ConnectionPool

from broker.apply import apply
from broker.engine.run import Outcome
from broker.engine.steps import Change, Ending, Step
from broker.errors import EngineError
from broker.ledger import audit, events, stacks
from broker.ledger.connect import Connection, pool
from broker.preview import effects, preview
from tests.integration.engine.memory_workshop import SPEC, Bench, server, target

STACK = SPEC.name


@pytest.fixture
def connections(ledger_database: str) -> Iterator[ConnectionPool[Connection]]:
    with pool(ledger_database, 6) as found:
        yield found


@pytest.fixture
def bench(connections: ConnectionPool[Connection], tmp_path: Path) -> Bench:
    return Bench(connections, tmp_path, "broker:1")


async def test_a_preview_names_every_step_and_writes_neither_to_cloud_nor_to_ledger(
    bench: Bench, ledger: Connection
) -> None:
    first = [server("web", flavor="small"), server("db", flavor="small")]
    assert (await apply(target(), bench.workshop(first), lambda _target, _event: None)).ok
    before = (stacks.load(ledger, STACK), audit.entries(ledger), len(events.of(ledger, STACK)), bench.cloud.objects())
    second = [server("web", flavor="large"), server("cache", flavor="small")]
    found = await preview(target("second"), bench.workshop(second))
    assert found.trouble == ""
    assert {(step.op, step.name) for step in found.steps} == {("update", "web"), ("create", "cache"), ("delete", "db")}
    after = (stacks.load(ledger, STACK), audit.entries(ledger), len(events.of(ledger, STACK)), bench.cloud.objects())
    assert after == before


async def test_a_stack_that_cannot_be_previewed_says_why(bench: Bench) -> None:
    async def broken(*_arguments: object, **_named: object) -> Outcome:
        raise EngineError("starting the CLI: no space left on the device")

    found = await preview(target(), replace(bench.workshop(()), engine=broken))
    assert (found.steps, found.trouble) == ((), "starting the CLI: no space left on the device")


def step(op: str, type_: str, *changes: Change) -> Step:
    return Step(op, f"urn::x::{type_}::name", type_, Ending.PLANNED, changes)


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        (step("update", "govcloud:openstack:Server", Change("flavor", "update", False, "a", "b")), ["restarted"]),
        (step("update", "govcloud:openstack:Server", Change("name", "update", False, "a", "b")), []),
        (step("update", "govcloud:openstack:Volume", Change("flavor", "update", False, 1, 2)), []),
        (step("replace", "govcloud:openstack:Server", Change("image", "update", True, "a", "b")), ["replaced"]),
        (step("delete", "govcloud:openstack:Volume"), ["deleted"]),
        (step("create", "govcloud:openstack:Server"), []),
    ],
)
def test_what_must_not_be_overlooked_is_said(shown: Step, told: list[str]) -> None:
    assert list(effects(shown)) == told
