"""What the ledger's intervals make of a month, beside what is known to have happened: at most a second apart."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from broker import journal
from broker.clock import SHANGHAI
from broker.engine import state
from broker.ledger import leases, usage
from broker.ledger.connect import Connection
from broker.ledger.intervals import Deployment
from broker.ledger.leases import Lease
from broker.ledger.usage import Taking
from monitoring.metering.allocation import Taken, taken
from monitoring.metering.period import Month, total_s
from quotas.amount import Amount
from tests.integration.engine.memory_workshop import target

OCTOBER = Month(2026, 10)
HALL = Deployment("gov-service", "online-hall", "internet", "provider-a")
STACK = "online-hall.internet.provider-a"
SMALL, LARGE = Amount(vcpu=2, memory_gib=4), Amount(vcpu=4, memory_gib=8)
AT = datetime(2026, 10, 14, 9, 0, 7, 640_000, tzinfo=SHANGHAI)
"""Clouds and journals know fractions of seconds."""
MINUTE = timedelta(minutes=1)


def server(amount: Amount, *, running: bool = True, id_: str = "1") -> Taking:
    return Taking("server-web-1", "govcloud:openstack:Server", id_, amount, running)


@pytest.fixture
def lease(ledger: Connection) -> Lease:
    got = leases.acquire(ledger, STACK, "broker:1", 60)
    assert isinstance(got, Lease)
    return got


def metered(ledger: Connection) -> tuple[Taken, ...]:
    return taken(usage.between(ledger, OCTOBER.start, OCTOBER.end), OCTOBER.span)


def follow(ledger: Connection, lease: Lease, story: Iterable[tuple[timedelta, Taking | None]]) -> Taken:
    for after, now in story:
        usage.follow(ledger, lease, HALL, (now,) if now else (), {"": AT + 10 * MINUTE, "server-web-1": AT + after})
    (found,) = metered(ledger)
    return found


def test_a_server_that_was_alive_for_five_minutes_counts_five_minutes(ledger: Connection, lease: Lease) -> None:
    found = follow(ledger, lease, [(0 * MINUTE, server(SMALL)), (5 * MINUTE, None)])
    assert abs(total_s(found.existed) - 300) <= 1
    assert abs(found.amount_s["vcpu"] - 2 * 300) <= 2


def test_a_server_resized_at_half_past_counts_each_size_for_its_half(ledger: Connection, lease: Lease) -> None:
    story = [(0 * MINUTE, server(SMALL)), (30 * MINUTE, server(LARGE)), (60 * MINUTE, None)]
    found = follow(ledger, lease, story)
    assert abs(found.amount_s["vcpu"] - (2 * 1800 + 4 * 1800)) <= 4
    assert abs(found.amount_s["memory_gib"] - (4 * 1800 + 8 * 1800)) <= 8
    assert found.amount == LARGE


def test_a_stopped_server_is_allocated_and_not_running(ledger: Connection, lease: Lease) -> None:
    halted = server(SMALL, running=False)
    found = follow(
        ledger,
        lease,
        [(0 * MINUTE, server(SMALL)), (20 * MINUTE, halted), (50 * MINUTE, server(SMALL)), (60 * MINUTE, None)],
    )
    assert abs(total_s(found.existed) - 3600) <= 1
    assert abs(total_s(found.running) - 1800) <= 1


def kept(**outputs: Any) -> bytes:
    document = json.loads(state.new(STACK, "salt"))
    urn = f"urn:pulumi:{STACK}::govcloud::govcloud:openstack:Server::server-web-1"
    one = {"urn": urn, "type": "govcloud:openstack:Server", "custom": True, "id": "1", "inputs": {}, "outputs": outputs}
    document["checkpoint"]["latest"]["resources"] = [one]
    return json.dumps(document).encode()


def test_a_create_that_failed_counts_nothing_of_the_server_and_its_volume_from_when_that_was_made(
    ledger: Connection, lease: Lease
) -> None:
    document = json.loads(kept())
    latest = document["checkpoint"]["latest"]
    failed = latest["resources"].pop()
    latest["pending_operations"] = [{"resource": failed, "type": "creating"}]
    volume = {"type": "govcloud:openstack:Volume", "urn": "urn:x::volume-data", "id": "2", "inputs": {"size_gib": 100}}
    latest["resources"].append({**volume, "custom": True})
    takings = journal.takings(target(), json.dumps(document).encode())
    usage.follow(ledger, lease, HALL, takings, {"": AT + 5 * MINUTE, "volume-data": AT})
    found = {one.resource: one.amount_s for one in metered(ledger)}
    assert found.keys() == {"volume-data"}
    assert abs(found["volume-data"]["block_gib"] - 100 * (OCTOBER.end - AT).total_seconds()) <= 100


def test_an_adopted_server_counts_from_when_its_cloud_started_it(ledger: Connection, lease: Lease) -> None:
    launched = AT.astimezone(UTC).replace(tzinfo=None)
    made = journal.made(kept(made_at=launched.isoformat()))
    usage.follow(ledger, lease, HALL, (server(SMALL),), {"": AT + 7 * MINUTE}, made)
    usage.follow(ledger, lease, HALL, (), {"": AT + 30 * MINUTE})
    (found,) = metered(ledger)
    assert abs(total_s(found.existed) - 1800) <= 1


def test_a_resize_long_after_an_adoption_counts_from_the_resize(ledger: Connection, lease: Lease) -> None:
    made = journal.made(kept(made_at=AT.isoformat()))
    usage.follow(ledger, lease, HALL, (server(SMALL),), {"": AT + MINUTE}, made)
    usage.follow(ledger, lease, HALL, (server(LARGE),), {"": AT + 30 * MINUTE}, made)
    usage.follow(ledger, lease, HALL, (), {"": AT + 60 * MINUTE})
    (found,) = metered(ledger)
    assert abs(found.amount_s["vcpu"] - (2 * 1800 + 4 * 1800)) <= 4


@pytest.mark.parametrize("told", ["", "yesterday"])
def test_a_cloud_that_does_not_tell_when_leaves_the_adoption(told: str) -> None:
    assert journal.made(kept(made_at=told)) == {}


def test_what_lasts_beyond_the_month_is_cut_at_midnight_in_shanghai(ledger: Connection, lease: Lease) -> None:
    begin = OCTOBER.end - timedelta(hours=1)
    usage.follow(ledger, lease, HALL, (server(SMALL),), {"": begin})
    (found,) = metered(ledger)
    assert total_s(found.existed) == 3600
