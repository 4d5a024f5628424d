"""How `broker drift` words what it found."""

from broker.cli.drifting import finding_lines
from broker.drift.finding import Finding, What, silence


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
