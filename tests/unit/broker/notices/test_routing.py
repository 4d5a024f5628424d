"""Who gets a message over which channels, whatever was sent or given up before."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.canonical import Json
from broker.ledger.deliveries import Delivery
from broker.notices.channels import BY_HAND, Channel, Channels
from broker.notices.directory import OFFICE, Directory
from broker.notices.routing import addressees, route

AT = datetime(2026, 6, 1, tzinfo=UTC)
KNOWN = Directory({}, {"office": "cloud_office", "health": "unit", "education": "unit", "provider-a": "provider"})
CHANNELS = Channels(
    {
        "mail": Channel("mail", "x://x", frozenset({"cloud_office", "unit"}), "sms"),
        "sms": Channel("sms", "x://x", frozenset(), "phone"),
        "phone": Channel("phone", "x://x"),
        "health": Channel("health", "x://x", frozenset({"health"})),
        "health-2": Channel("health-2", "x://x", frozenset({"health"})),
    }
)


def row(channel: str, how: str, *whom: str) -> Delivery:
    done, failed = (AT if how == state else None for state in ("done", "failed"))
    return Delivery(1, "k", channel, list(whom), 1, AT, done, failed, "")


@pytest.mark.parametrize(
    ("topic", "body", "to"),
    [
        ("reminder", {"party": "health", "role": "unit"}, ("health",)),
        ("reminder", {"party": "", "role": "ops_department"}, ("@ops_department",)),
        ("escalation", {"party": "health", "role": "unit"}, ("health", OFFICE)),
        ("provisioned", {"unit": "health"}, ("health",)),
        ("failed", {"stack": "booking.extranet.provider-a"}, (OFFICE, "provider-a")),
        ("suspension", {"to": ["health", "provider-a"]}, ("health", "provider-a")),
        ("suspension", {"to": []}, (OFFICE,)),
    ],
)
def test_a_message_is_for_those_whom_its_topic_concerns(topic: str, body: Json, to: tuple[str, ...]) -> None:
    assert addressees(topic, body) == to


def test_an_organisation_is_told_over_each_of_its_channels() -> None:
    found = route(("health", "education", OFFICE), CHANNELS, KNOWN, ())
    assert found.new == {
        "health": frozenset({"health"}),
        "health-2": frozenset({"health"}),
        "mail": frozenset({"education", "office"}),
    }
    assert not found.finished


def test_what_was_given_up_goes_down_the_line_of_channels_that_stand_in() -> None:
    rows = [row("mail", "failed", "education")]
    assert route(("education",), CHANNELS, KNOWN, rows).new == {"sms": frozenset({"education"})}
    rows.append(row("sms", "failed", "education"))
    assert route(("education",), CHANNELS, KNOWN, rows).new == {"phone": frozenset({"education"})}
    rows.append(row("phone", "failed", "education"))
    last = route(("education",), CHANNELS, KNOWN, rows)
    assert (dict(last.new), set(last.unreachable), last.finished) == ({}, {"education"}, False)


def test_one_of_two_channels_that_gave_up_leaves_nobody_behind() -> None:
    rows = [row("health", "failed", "health"), row("health-2", "done", "health")]
    found = route(("health",), CHANNELS, KNOWN, rows)
    assert (set(found.reached), set(found.unreachable), found.finished) == ({"health"}, set(), True)


def test_what_a_person_handed_over_needs_no_channel() -> None:
    rows = [row("mail", "failed", "education"), row(BY_HAND, "done", "education", "provider-a")]
    found = route(("provider-a",), CHANNELS, KNOWN, rows)
    assert (set(found.reached), found.finished) == ({"provider-a"}, True)


def test_who_is_served_by_no_channel_is_unreachable() -> None:
    assert route(("provider-a",), CHANNELS, KNOWN, ()).unreachable == {"provider-a"}
    assert route(("@finance_department",), CHANNELS, KNOWN, ()).unreachable == {"@finance_department"}


states = st.dictionaries(st.sampled_from(sorted(CHANNELS.by_name)), st.sampled_from(["done", "failed", "open"]))


@given(st.sets(st.sampled_from(sorted(KNOWN.roles)), min_size=1), states)
def test_nobody_is_sent_anything_twice_over_a_channel_and_nobody_is_forgotten(
    to: set[str], before: dict[str, str]
) -> None:
    rows = [row(channel, how, *to) for channel, how in before.items()]
    found = route(sorted(to), CHANNELS, KNOWN, rows)
    assert not found.new.keys() & before.keys()
    waits = bool(found.new) or found.trying
    assert waits or found.reached | found.unreachable == to
    assert found.finished == (not waits and found.reached == to)
