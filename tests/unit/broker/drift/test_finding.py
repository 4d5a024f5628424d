"""How a stack goes on from one asking to the next, and how a difference is worded."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.drift.finding import EVERYTHING, Finding, Standing, What, finding, findings, sequel
from stacks.provider.compare import Difference, Drift, Unanswered, Unexplained

STACK = "hall.internet.provider-a"
URN = f"urn:pulumi:{STACK}::govcloud::govcloud:openstack:Server::server-web-1"
AT = datetime(2026, 6, 8, 15, tzinfo=UTC)
POWER = Finding(What.CHANGED, "server-web-1", "s-1", "power", "running", "stopped")
GONE = Finding(What.GONE, "address-www", "f-1")
BY_HAND = Finding(What.UNEXPLAINED, "Server by-hand", "s-9")


def silent(resource: str = "") -> Finding:
    return Finding(What.UNKNOWN, resource, found="no answer")


def later(before: Standing | None, *found: Finding, hours: int = 1) -> tuple[Standing, set[Finding], set[Finding]]:
    went = sequel(before, STACK, found, AT + timedelta(hours=hours))
    return went.now, set(went.begun), set(went.ended)


def test_each_property_that_differs_is_told_with_what_was_approved_and_what_is_there() -> None:
    differs = Difference(URN, "s-1", gone=False, inputs={"power": ("running", "stopped"), "flavor": ("a", "b")})
    told = findings(Drift((differs,), (), ()))
    assert [str(one) for one in told] == [
        "server-web-1: power is stopped, approved is running",
        "server-web-1: flavor is b, approved is a",
    ]


def test_of_a_list_of_rules_only_those_are_told_that_are_on_one_side() -> None:
    kept, opened = {"direction": "ingress", "port_min": 443}, {"direction": "ingress", "port_min": 22, "flow": ""}
    differs = Difference(URN, "g-1", gone=False, inputs={"rules": ([kept], [kept, opened])})
    (told,) = findings(Drift((differs,), (), ()))
    assert (told.approved, told.found) == ([], [opened])
    assert str(told) == "server-web-1: rules is [direction=ingress port_min=22], approved is nothing"


def test_what_is_gone_what_nobody_described_and_what_was_not_told_are_told_apart() -> None:
    drift = Drift(
        (Difference(URN, "s-1", gone=True, inputs={}),),
        (Unanswered(URN.replace("web-1", "web-2"), "GET compute /servers: the cloud answered 503"),),
        (Unexplained("Volume", "v-9", "by-hand"),),
    )
    assert [(one.what, one.resource, one.id) for one in findings(drift)] == [
        (What.GONE, "server-web-1", "s-1"),
        (What.UNEXPLAINED, "Volume by-hand", "v-9"),
        (What.UNKNOWN, "server-web-2", ""),
    ]


def test_what_looks_like_a_secret_is_shown_to_nobody() -> None:
    inputs = {"url": ("https://a:hunter2@host/", {"password": "hunter2", "said": ["password=hunter2"]})}
    drift = Drift((Difference(URN, "s", gone=False, inputs=inputs),), (Unanswered(URN, "at https://a:hunter2@h/"),), ())
    assert "hunter2" not in "".join(str(one.written()) + str(one) for one in findings(drift))


def test_a_drift_begins_goes_on_and_ends_once() -> None:
    now, begun, ended = later(None, POWER)
    assert (now.since, begun, ended) == (now.asked_at, {POWER}, set())
    on, begun, ended = later(now, POWER, GONE, hours=2)
    assert (on.since, begun, ended) == (now.since, {GONE}, set())
    less, begun, ended = later(on, GONE, hours=3)
    assert (less.since, begun, ended) == (now.since, set(), {POWER})
    over, begun, ended = later(less, hours=4)
    assert (over.since, begun, ended) == (None, set(), {GONE})


def test_another_value_by_hand_is_a_drift_of_its_own() -> None:
    now, _, _ = later(None, POWER)
    _, begun, ended = later(now, replace(POWER, found="error"))
    assert (begun, ended) == ({replace(POWER, found="error")}, {POWER})


def test_a_cloud_that_does_not_answer_neither_begins_nor_ends_a_drift() -> None:
    now, _, _ = later(None, POWER, BY_HAND)
    away, begun, ended = later(now, silent("server-web-1"), silent(), hours=2)
    assert (set(away.differences), away.since, begun, ended) == ({POWER, BY_HAND}, now.since, set(), set())
    assert len(away.unknown) == 2
    back, begun, ended = later(away, hours=3)
    assert (back.findings, begun, ended) == ((), set(), {POWER, BY_HAND})


def test_a_cloud_that_cannot_be_asked_at_all_ends_no_drift_either() -> None:
    now, _, _ = later(None, POWER, GONE, BY_HAND)
    away, begun, ended = later(now, silent(EVERYTHING), hours=2)
    assert (set(away.differences), away.since, begun, ended) == ({POWER, GONE, BY_HAND}, now.since, set(), set())


def test_a_resource_that_answers_again_beside_one_that_does_not_is_told_as_mended() -> None:
    now, _, _ = later(None, POWER, GONE)
    _, _, ended = later(now, silent("server-web-1"))
    assert ended == {GONE}


SOME = st.lists(st.sampled_from([POWER, GONE, BY_HAND, silent(), silent("server-web-1")]), unique=True)


@given(st.lists(SOME, min_size=1, max_size=6))
def test_what_began_and_did_not_end_is_what_differs_now(rounds: list[list[Finding]]) -> None:
    standing, open_ = None, set[Finding]()
    for hour, found in enumerate(rounds):
        standing, begun, ended = later(standing, *found, hours=hour)
        assert not begun & open_
        assert ended <= open_
        open_ = (open_ | begun) - ended
        assert (set(standing.differences), standing.since is None) == (open_, not open_)


@pytest.mark.parametrize("one", [POWER, GONE, BY_HAND, silent("server-web-1")], ids=str)
def test_a_finding_is_read_as_it_was_written(one: Finding) -> None:
    assert finding(one.written()) == one
