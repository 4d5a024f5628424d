from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from broker.engine import state
from broker.engine.command import Kind
from broker.engine.events import StepDone, StepStarted
from broker.engine.steps import KNOWN_LATER, losses
from broker.errors import EngineError
from stacks.resource import Resource

if TYPE_CHECKING:
    from tests.integration.engine.conftest import Bench

CANARY = "c4n4ry-kEy-of-the-object-store"
ROOT = Path(__file__).parents[3]


def server(name: str, **properties: object) -> Resource:
    return Resource("govcloud:test:Server", name, {"name": name, "image": "a", **properties})


def after_web(name: str, **properties: object) -> Resource:
    return replace(server(name, **properties), after=("web",))


def volume(name: str, **properties: object) -> Resource:
    return Resource("govcloud:test:Volume", name, {"name": name, "image": "a", **properties})


def cli_of(bench: Bench) -> int:
    """The pid of the CLI that works in the bench's folder, from its own lock file."""
    (lock,) = bench.work.glob("state/.pulumi/locks/organization/govcloud/*/*.json")
    return int(json.loads(lock.read_text())["pid"])


async def test_a_preview_says_what_would_be_made_and_touches_nothing(bench: Bench) -> None:
    outcome = await bench.run(Kind.PREVIEW, [server("web")])
    assert outcome.ok, outcome.diagnostics
    assert [(step.name, step.op) for step in outcome.steps if step.name == "web"] == [("web", "create")]
    assert bench.cloud.objects() == {}
    assert state.held(outcome.state) == ()


async def test_a_stack_lives_from_its_first_up_to_its_destroy(bench: Bench) -> None:
    made = await bench.run(Kind.UP, [server("server-web"), server("db")])
    assert made.ok, made.diagnostics
    assert made.clean
    assert made.changes["create"] == 3
    (web,) = (i for i, found in bench.cloud.objects().items() if found["name"] == "server-web")
    assert made.outputs == {"server-web": web}
    assert len(bench.cloud.objects()) == 2
    assert any(isinstance(event, StepStarted) and event.step.name == "server-web" for event in bench.events)
    assert any(isinstance(event, StepDone) and event.step.name == "db" for event in bench.events)

    same = await bench.run(Kind.UP, [server("server-web"), server("db")])
    assert same.changes == {"same": 3}
    assert same.steps == ()
    assert state.digest(same.state) == state.digest(made.state)

    updated = await bench.run(Kind.UP, [server("server-web", cpus=2), server("db")])
    assert updated.changes["update"] == 1
    assert [(step.name, step.op) for step in updated.steps if step.name == "server-web"] == [("server-web", "update")]

    destroyed = await bench.run(Kind.DESTROY)
    assert destroyed.ok, destroyed.diagnostics
    assert bench.cloud.objects() == {}
    assert state.held(destroyed.state) == ()


async def test_a_replacement_makes_the_new_one_first_and_never_adopts_the_old(bench: Bench) -> None:
    await bench.run(Kind.UP, [server("web")])
    (old,) = bench.cloud.objects()
    preview = await bench.run(Kind.PREVIEW, [server("web", image="b")])
    assert {urn.rsplit("::", 1)[-1] for urn in losses(preview.steps)} == {"web"}
    (change,) = {change for step in preview.steps for change in step.changes if change.path == "image"}
    assert (change.before, change.after, change.replaces) == ("a", "b", True)
    assert change.after != KNOWN_LATER
    outcome = await bench.run(Kind.UP, [server("web", image="b")])
    assert outcome.ok, outcome.diagnostics
    assert outcome.adopted == ()
    assert old not in bench.cloud.objects()
    assert len(bench.cloud.objects()) == 1


async def test_a_refresh_takes_drift_into_the_state(bench: Bench) -> None:
    await bench.run(Kind.UP, [server("web"), server("db")])
    gone, changed = bench.cloud.objects()
    bench.cloud.remove(gone)
    bench.cloud.put(changed, {**bench.cloud.objects()[changed], "cpus": 8})
    outcome = await bench.run(Kind.REFRESH)
    assert outcome.ok, outcome.diagnostics
    assert [(held.id, held.outputs["cpus"]) for held in state.held(outcome.state)] == [(changed, 8)]


async def test_a_preview_without_a_program_is_that_of_the_destroy(bench: Bench) -> None:
    await bench.run(Kind.UP, [server("web")])
    outcome = await bench.run(Kind.PREVIEW)
    assert outcome.ok, outcome.diagnostics
    assert {urn.rsplit("::", 1)[-1] for urn in losses(outcome.steps, frozenset({"govcloud:test:Server"}))} == {"web"}
    assert len(bench.cloud.objects()) == 1


async def test_a_cli_killed_in_the_middle_of_a_create_is_adopted_by_the_next_run(bench: Bench) -> None:
    async def kill(name: str) -> None:
        if name == "db":
            os.kill(cli_of(bench), signal.SIGKILL)

    bench.cloud.boot = kill
    killed = await bench.run(Kind.UP, [server("web"), after_web("db")])
    assert not killed.ok
    assert not killed.clean
    orphans = set(bench.cloud.objects())
    assert len(orphans) == 2

    async def boots(_name: str) -> None:
        return

    bench.cloud.boot = boots
    repaired = await bench.run(Kind.UP, [server("web"), after_web("db")])
    assert repaired.ok, repaired.diagnostics
    assert repaired.clean
    assert set(repaired.adopted) == orphans == set(bench.cloud.objects())


async def test_a_killed_destroy_is_repaired_although_the_state_still_names_what_is_gone(bench: Bench) -> None:
    await bench.run(Kind.UP, [server("web"), after_web("db")])
    bench.cloud.remove(min(bench.cloud.objects()))
    bench.unclean = True
    outcome = await bench.run(Kind.UP, [server("web"), after_web("db")])
    assert outcome.ok, outcome.diagnostics
    assert len(bench.cloud.objects()) == 2
    assert state.known_ids(outcome.state) == set(bench.cloud.objects())


async def test_a_lock_of_a_dead_cli_in_the_same_folder_is_removed(bench: Bench) -> None:
    async def kill(_name: str) -> None:
        os.kill(cli_of(bench), signal.SIGKILL)

    bench.cloud.boot = kill
    await bench.run(Kind.UP, [server("web")])
    bench.cloud.boot = lambda _name: asyncio.sleep(0)
    assert cli_of(bench)
    bench.runs -= 1
    outcome = await bench.run(Kind.UP, [server("web")])
    assert outcome.ok, outcome.diagnostics
    assert len(bench.cloud.objects()) == 1


async def test_a_stopped_run_keeps_the_ids_of_what_it_was_building(bench: Bench) -> None:
    async def stop(_name: str) -> None:
        bench.stop.set()
        await asyncio.sleep(3)  # long enough for a busy CLI to hear of it

    bench.cloud.boot = stop
    stopped = await bench.run(Kind.UP, [server("web"), after_web("db")])
    assert stopped.cancelled
    assert not stopped.ok
    assert state.known_ids(stopped.state) == set(bench.cloud.objects())
    assert len(bench.cloud.objects()) == 1
    bench.stop, bench.cloud.boot = asyncio.Event(), lambda _name: asyncio.sleep(0)
    outcome = await bench.run(Kind.UP, [server("web"), after_web("db")])
    assert outcome.ok, outcome.diagnostics
    assert len(bench.cloud.objects()) == 2


async def test_a_cancelled_task_leaves_no_cli_behind(bench: Bench) -> None:
    booting = asyncio.Event()

    async def boot(_name: str) -> None:
        booting.set()
        await asyncio.sleep(0.2)

    bench.cloud.boot = boot
    task = asyncio.create_task(bench.run(Kind.UP, [server("web")]))
    await booting.wait()
    pid = cli_of(bench)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_data_is_not_deleted_without_a_permit_nor_is_the_cloud_asked(bench: Bench) -> None:
    await bench.run(Kind.UP, [volume("archive")])
    bench.cloud.writes.clear()
    refused = await bench.run(Kind.UP, [])
    assert not refused.ok
    assert any("no document covers" in diagnostic.message for diagnostic in refused.diagnostics)
    assert bench.cloud.writes == []
    assert len(bench.cloud.objects()) == 1
    preview = await bench.run(Kind.PREVIEW, [])
    bench.permitted = losses(preview.steps)
    permitted = await bench.run(Kind.UP, [])
    assert permitted.ok, permitted.diagnostics
    assert bench.cloud.objects() == {}


async def test_a_secret_that_the_cloud_made_is_nowhere_in_state_events_or_logs(bench: Bench) -> None:
    bench.cloud.secret = CANARY
    made = await bench.run(Kind.UP, [server("web")])
    assert made.ok, made.diagnostics
    files = [path for path in bench.work.rglob("*") if path.is_file()]
    assert any(path.suffix == ".log" for path in files)
    assert [path for path in files if CANARY.encode() in path.read_bytes()] == []
    failed = await bench.run(Kind.UP, [server("web"), after_web("db", broken=True)])
    assert not failed.ok
    assert any("signed by [secret]" in diagnostic.message for diagnostic in failed.diagnostics)
    assert CANARY not in repr((made, failed, bench.events))
    assert CANARY.encode() not in failed.state


async def test_a_wrong_passphrase_is_told_and_nothing_is_touched(bench: Bench) -> None:
    await bench.run(Kind.UP, [server("web")])
    bench.passphrase = type(bench.passphrase)(bench.folder / "other", bench.passphrase.salt)
    bench.passphrase.file.write_text("another\n")
    outcome = await bench.run(Kind.DESTROY)
    assert not outcome.ok
    assert any("passphrase" in diagnostic.message for diagnostic in outcome.diagnostics)
    assert len(bench.cloud.objects()) == 1


async def test_the_state_of_another_stack_is_refused(bench: Bench) -> None:
    bench.state = state.new("hr.internet.jc-a", bench.passphrase.salt)
    with pytest.raises(EngineError, match="belong to hr"):
        await bench.run(Kind.UP, [])


async def test_a_whole_process_killed_in_the_middle_of_a_create_is_adopted(bench: Bench) -> None:
    code = (
        "import asyncio, os, sys\n"
        "from pathlib import Path\n"
        "from broker.engine.binary import Binary, How\n"
        "from broker.engine.passphrase import Passphrase\n"
        "from tests.integration.engine.conftest import Bench\n"
        "from tests.integration.engine.memory_cloud import MemoryCloud\n"
        "from tests.integration.engine.test_run import Kind, after_web, server\n"
        "async def kill(name):\n"
        "    if name == 'db': os.kill(os.getpid(), 9)\n"
        "folder, cli, secret, salt = sys.argv[1:]\n"
        "cloud = MemoryCloud(Path(folder) / 'cloud', kill)\n"
        "bench = Bench(Path(folder), Binary(Path(cli), '', How.CACHE), Passphrase(Path(secret), salt), cloud)\n"
        "asyncio.run(bench.run(Kind.UP, [server('web'), after_web('db')]))\n"
    )
    given = (bench.folder, bench.binary.path, bench.passphrase.file, bench.passphrase.salt)
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, *map(str, given), cwd=ROOT)
    assert await process.wait() == -signal.SIGKILL
    orphans = set(bench.cloud.objects())
    assert len(orphans) == 2
    bench.unclean, bench.runs = True, 7
    outcome = await bench.run(Kind.UP, [server("web"), after_web("db")])
    assert outcome.ok, outcome.diagnostics
    assert set(outcome.adopted) == orphans == set(bench.cloud.objects())
