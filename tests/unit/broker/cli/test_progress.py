import io
import json

import pytest
from rich.console import Console

from broker.cli.live import Live
from broker.cli.progress import as_object, line
from broker.engine.events import Diagnostic, Event, Removed, StepDone, StepFailed, StepStarted, Summary
from broker.engine.steps import Ending, Step
from tests.integration.engine.memory_workshop import SPEC, target

URN = f"urn:pulumi:{SPEC.name}::govcloud::govcloud:openstack:Server::server-web-1"


def step(op: str, ending: Ending) -> Step:
    return Step(op, URN, "govcloud:openstack:Server", ending)


EVENTS: tuple[Event, ...] = (
    Removed("snapshot s1 gch-1", 1),
    StepStarted(step("create", Ending.STARTED)),
    StepDone(step("create", Ending.DONE)),
    StepFailed(step("update", Ending.FAILED)),
    Diagnostic("error", "no room", URN),
    Summary({"create": 1}, 2.0, maybe_corrupt=False),
)


def test_outside_a_terminal_each_event_worth_it_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    for event in EVENTS:
        line(target(), event)
    assert capsys.readouterr().out.splitlines() == [
        f"{SPEC.name}  removed   snapshot s1 gch-1: 1",
        f"{SPEC.name}  create    server-web-1",
        f"{SPEC.name}  FAILED    update server-web-1",
        f"{SPEC.name}  error     server-web-1: no room",
        f"{SPEC.name}  done      1 create in 2 s",
    ]


def test_for_machines_each_event_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    for event in EVENTS:
        as_object(target(), event)
    told = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert [one["kind"] for one in told] == ["removed", "started", "done", "failed", "error", "summary"]
    assert {one["stack"] for one in told} == {SPEC.name}
    assert (told[0]["count"], told[4]["message"]) == (1, "no room")


def test_a_terminal_shows_what_is_done_now_and_keeps_what_went_wrong() -> None:
    screen = io.StringIO()
    with Live(Console(file=screen, force_terminal=True, width=160)) as live:
        for event in EVENTS:
            live.tell(target(), event)
    shown = screen.getvalue()
    assert "FAILED    update server-web-1" in shown
    assert "no room" in shown
    assert "1 create in 2 s" in shown
