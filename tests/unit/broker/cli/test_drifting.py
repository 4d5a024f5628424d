"""How `broker drift` words what it found."""

from datetime import datetime

from broker.cli.drifting import finding_lines, lines
from broker.clock import SHANGHAI
from broker.drift.finding import Finding, Sequel, Standing, What, silence
from broker.drift.run import Looked


def unknown(resource: str, why: str) -> Finding:
    return Finding(What.UNKNOWN, resource, found=why)


def test_a_stack_that_was_silent_as_a_whole_is_told_as_such() -> None:
    assert list(finding_lines((silence("the cloud is away"),))) == ["unknown: the whole stack: the cloud is away"]


def test_what_is_unknown_for_one_reason_stands_together_after_what_differs() -> None:
    gone = Finding(What.GONE, "server-web-1", "s-1")
    silent = (unknown("server-web-2", "503"), unknown("", "503"), unknown("limit-18m", "no answer"))
    assert list(finding_lines((*silent, gone))) == [
        "server-web-1: gone (s-1)",
        "unknown: what else is there, server-web-2: 503",
        "unknown: limit-18m: no answer",
    ]


def test_what_the_cloud_shows_to_no_such_account_is_said_and_differs_in_nothing() -> None:
    at = datetime(2026, 11, 2, 9, tzinfo=SHANGHAI)
    hidden = tuple(f"server-web-{n}" for n in range(1, 8))
    told = tuple(lines((Looked("s", Sequel(Standing("s", at, None, ()), (), ()), 20, hidden=hidden),)))
    assert told[0] == "s  as approved (20 calls)"
    assert told[1].startswith("  not compared: first-boot configuration of server-web-1, server-web-2, ")
    assert " and 2 more: the cloud shows it to no account with the broker's role" in told[1]
    assert told[2] == "drift: 1 stacks, 0 differ, 0 not known in full; nothing was changed"


def test_how_many_servers_were_left_out_is_said_beside_the_calls() -> None:
    at = datetime(2026, 11, 2, 9, tzinfo=SHANGHAI)
    told = tuple(lines((Looked("s", Sequel(Standing("s", at, None, ()), (), ()), 20, unchanged=298),)))
    assert told[0] == "s  as approved (20 calls, servers unchanged since they were compared whole: 298)"
