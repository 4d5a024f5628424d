from datetime import UTC, datetime, timedelta

import pytest

from broker.ledger import events, leases, usage
from broker.ledger.connect import Connection
from broker.ledger.events import Happened
from broker.ledger.intervals import Deployment
from broker.ledger.leases import Lease, StaleEpoch
from broker.ledger.usage import Taking
from monitoring.metering.allocation import of, summed, taken
from monitoring.metering.period import Span
from quotas.amount import Amount

AT = datetime(2026, 6, 1, 9, 0, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)
HALL = Deployment("gov-service", "online-hall", "internet", "provider-a")
STACK = "online-hall.internet.provider-a"
WEB = Taking("server-web-1", "govcloud:openstack:Server", "1", Amount(vcpu=2, memory_gib=4))
BIGGER = Taking("server-web-1", "govcloud:openstack:Server", "1", Amount(vcpu=4, memory_gib=8))
STOPPED = Taking("server-web-1", "govcloud:openstack:Server", "1", Amount(vcpu=4, memory_gib=8), running=False)
DISK = Taking("volume-data", "govcloud:openstack:Volume", "2", Amount(block_gib=100))


def lease(ledger: Connection) -> Lease:
    got = leases.acquire(ledger, STACK, "broker:1", 60)
    assert isinstance(got, Lease)
    return got


def told(ledger: Connection) -> list[tuple[str, int, bool, float, float | None]]:
    """Resource, cores, running, and the hours from `AT` on."""
    found = usage.between(ledger, AT - HOUR, AT + 24 * HOUR)
    return [
        (
            one.taking.resource,
            one.taking.amount.vcpu,
            one.taking.running,
            (one.started_at - AT) / HOUR,
            (one.ended_at - AT) / HOUR if one.ended_at else None,
        )
        for one in found
    ]


def test_a_server_is_metered_from_its_making_over_resize_and_stop_to_its_end(ledger: Connection) -> None:
    held = lease(ledger)
    for hour, now in enumerate([(WEB,), (BIGGER,), (STOPPED,), (BIGGER,), ()]):
        usage.follow(ledger, held, HALL, now, {"": AT + hour * HOUR})
    assert told(ledger) == [
        ("server-web-1", 2, True, 0, 1),
        ("server-web-1", 4, True, 1, 2),
        ("server-web-1", 4, False, 2, 3),
        ("server-web-1", 4, True, 3, 4),
    ]


def test_totals_are_what_the_intervals_come_to_and_never_fall(ledger: Connection) -> None:
    held = lease(ledger)
    for hour, now in enumerate([(WEB, DISK), (BIGGER, DISK), (STOPPED, DISK), (BIGGER,), ()]):
        usage.follow(ledger, held, HALL, now, {"": AT + hour * HOUR})
    assert usage.totals(ledger, AT) == {}
    before: dict[str, float] = {}
    for moment in (AT + HOUR / 2, AT + 2.25 * HOUR, AT + 4 * HOUR, AT + 9 * HOUR):
        (found,) = [usage.totals(ledger, moment)[HALL]]
        within = Span(round(AT.timestamp()), round(moment.timestamp()))
        summed_up = summed(taken(usage.between(ledger, AT, moment), within))
        assert {head: value for head, value in found.items() if value} == summed_up[of(HALL)]
        assert all(found[head] >= value for head, value in before.items())
        before = found
    assert before == usage.totals(ledger, AT + 4 * HOUR)[HALL]


def test_totals_wait_for_a_run_that_goes_on_and_so_never_fall_by_what_it_ends(ledger: Connection) -> None:
    first = lease(ledger)
    events.append(ledger, Happened(STACK, first.epoch, AT, "done", {"resource": "server-web-1"}))
    usage.follow(ledger, first, HALL, (WEB,), {"": AT})
    leases.release(ledger, first)
    assert usage.settled(ledger, AT + 9 * HOUR) == AT + 9 * HOUR
    run = lease(ledger)
    for hour in (1, 2):
        events.append(ledger, Happened(STACK, run.epoch, AT + hour * HOUR, "done", {"resource": "server-web-1"}))
    assert usage.settled(ledger, AT + HOUR / 2) == AT + HOUR / 2
    before = usage.totals(ledger, usage.settled(ledger, AT + 9 * HOUR))[HALL]
    usage.follow(ledger, run, HALL, (), {"server-web-1": AT + HOUR, "": AT + 10 * HOUR})
    leases.release(ledger, run)
    assert usage.settled(ledger, AT + 9 * HOUR) == AT + 9 * HOUR
    assert before == usage.totals(ledger, AT + 9 * HOUR)[HALL]
    assert before["vcpu"] == 2 * HOUR.total_seconds()


def test_nobody_waits_for_a_run_that_is_dead(ledger: Connection) -> None:
    dead = leases.acquire(ledger, STACK, "broker:1", 0)
    assert isinstance(dead, Lease)
    events.append(ledger, Happened(STACK, dead.epoch, AT, "done", {"resource": "server-web-1"}))
    assert usage.settled(ledger, AT + HOUR) == AT + HOUR


def test_each_resource_counts_from_its_own_second(ledger: Connection) -> None:
    usage.follow(ledger, lease(ledger), HALL, (WEB, DISK), {"server-web-1": AT, "": AT + HOUR / 2})
    assert told(ledger) == [("server-web-1", 2, True, 0, None), ("volume-data", 0, True, 0.5, None)]


def test_what_did_not_change_goes_on(ledger: Connection) -> None:
    held = lease(ledger)
    for hour in range(3):
        usage.follow(ledger, held, HALL, (WEB,), {"": AT + hour * HOUR})
    assert told(ledger) == [("server-web-1", 2, True, 0, None)]


def test_a_replaced_resource_is_another_one(ledger: Connection) -> None:
    held, other = lease(ledger), Taking(WEB.resource, WEB.type, "9", WEB.amount)
    usage.follow(ledger, held, HALL, (WEB,), {"": AT})
    usage.follow(ledger, held, HALL, (other,), {"": AT + HOUR})
    assert told(ledger) == [("server-web-1", 2, True, 0, 1), ("server-web-1", 2, True, 1, None)]


def test_what_took_no_time_is_not_metered(ledger: Connection) -> None:
    held = lease(ledger)
    usage.follow(ledger, held, HALL, (WEB,), {"": AT})
    usage.follow(ledger, held, HALL, (), {"": AT - HOUR})
    assert told(ledger) == []


def test_an_old_epoch_meters_nothing(ledger: Connection) -> None:
    old = lease(ledger)
    leases.release(ledger, old)
    lease(ledger)
    with pytest.raises(StaleEpoch):
        usage.follow(ledger, old, HALL, (WEB,), {"": AT})
    assert told(ledger) == []
