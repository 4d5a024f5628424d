"""A month closed on a real ledger and a real records branch: once, for ever the same, and always on record."""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from broker.documents.closings import MonthClosed
from broker.ledger import leases, months, usage
from broker.ledger.connect import Connection
from broker.ledger.intervals import Deployment
from broker.ledger.leases import Lease
from broker.ledger.usage import Taking
from broker.registry.filed import Registry
from broker.registry.records import append, read_records
from broker.signatures.key import fingerprint, public_text
from monitoring.metering.close import CoverageLow
from monitoring.metering.desk import Desk, NotClosable, close_month
from monitoring.metering.gather import Sources
from monitoring.metering.period import Month
from monitoring.metering.policy import in_force
from quotas.amount import Amount

OCTOBER = Month(2026, 10)
HALL = Deployment("gov-service", "online-hall", "internet", "provider-a")
WEB = Taking("server-web-1", "govcloud:openstack:Server", "1", Amount(vcpu=2, memory_gib=4))
WHY = "采集系统尚未启用"


class Killed(Exception):
    pass


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "--quiet", "--bare", tmp_path / "registry"], check=True)
    return tmp_path / "registry"


@pytest.fixture
def desk(ledger: Connection, repository: Path, key: Ed25519PrivateKey) -> Callable[[], Desk]:
    """A desk that has read the records as they are now."""
    lease = leases.acquire(ledger, "online-hall.internet.provider-a", "broker:1", 60)
    assert isinstance(lease, Lease)
    usage.follow(ledger, lease, HALL, (WEB,), {"": OCTOBER.start + timedelta(days=3, microseconds=5)})
    after = OCTOBER.end + timedelta(days=1)

    def record(closed: MonthClosed) -> None:
        append(repository, (closed,), key, after)

    def opened() -> Desk:
        return Desk(
            registry=Registry("0" * 40, (), read_records(repository, fingerprint(public_text(key)))),
            usages=lambda start, end: usage.between(ledger, start, end),
            closed=lambda month: months.closed(ledger, month),
            keep=lambda month: months.close(ledger, month),
            record=record,
            sources=Sources(lambda _provider, _zone: None, None, (), lambda _provider, _zone: ""),
            policy=lambda month: in_force(month.start.date()),
            clock=lambda: after,
            cloud_of={},
        )

    return opened


def test_closing_twice_gives_the_same_bytes_and_one_signed_record(
    desk: Callable[[], Desk], ledger: Connection, repository: Path, key: Ed25519PrivateKey
) -> None:
    first = close_month(desk(), OCTOBER, WHY)
    again = close_month(desk(), OCTOBER, "")
    assert (first.fresh, again.fresh) == (True, False)
    assert (first.digest, first.facts) == (again.digest, again.facts)
    (record,) = read_records(repository, fingerprint(public_text(key)))
    assert isinstance(record, MonthClosed)
    kept = months.closed(ledger, "2026-10")
    assert kept is not None
    assert (record.facts, record.size_bytes, record.policy) == (kept.digest, len(kept.facts), "utilisation-2")


def test_late_data_do_not_touch_the_closed_month_and_are_corrected_in_the_next(
    desk: Callable[[], Desk], ledger: Connection
) -> None:
    october = close_month(desk(), OCTOBER, WHY)
    ledger.execute("update ledger.usage set started_at = started_at + interval '1 hour'")
    assert close_month(desk(), OCTOBER, "").digest == october.digest
    november = replace(desk(), clock=lambda: OCTOBER.next.end)
    told = {one.head: one.amount_s for one in close_month(november, OCTOBER.next, WHY).facts.corrections}
    assert told == {"vcpu": -2 * 3600, "memory_gib": -4 * 3600}


def test_a_close_that_was_killed_before_its_record_is_on_record_after_the_next(
    desk: Callable[[], Desk], repository: Path
) -> None:
    def killed(_closed: MonthClosed) -> None:
        raise Killed

    with pytest.raises(Killed):
        close_month(replace(desk(), record=killed), OCTOBER, WHY)
    assert read_records(repository) == ()
    done = close_month(desk(), OCTOBER, "")
    assert [one.facts for one in read_records(repository) if isinstance(one, MonthClosed)] == [done.digest]


def test_a_ledger_whose_facts_are_not_those_on_record_is_refused(
    desk: Callable[[], Desk], repository: Path, key: Ed25519PrivateKey
) -> None:
    close_month(desk(), OCTOBER, WHY)
    (record,) = read_records(repository)
    assert isinstance(record, MonthClosed)
    forged = record.model_copy(update={"facts": "sha256:" + "0" * 64})
    append(repository, (forged,), key, OCTOBER.end)
    with pytest.raises(NotClosable, match="restore the ledger whose facts are on record"):
        close_month(desk(), OCTOBER, "")


def test_a_month_that_goes_on_is_not_closed(desk: Callable[[], Desk], ledger: Connection) -> None:
    early = replace(desk(), clock=lambda: OCTOBER.end - timedelta(seconds=1))
    with pytest.raises(NotClosable, match="it ends at 2026-11-01T00:00:00"):
        close_month(early, OCTOBER, WHY)
    assert months.digests(ledger) == {}


def test_a_month_without_any_source_of_use_is_not_closed_without_a_reason(desk: Callable[[], Desk]) -> None:
    with pytest.raises(CoverageLow, match=r"0\.0% of the servers' running time"):
        close_month(desk(), OCTOBER, "")
