"""C-19: what counts as an outage, what does not, and what is not known."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.documents.records import Admitted
from monitoring.metering.availability import Allowed, Down, ProbeSeen, Recorded, availability, recorded
from monitoring.metering.period import Month, Span
from tests.fixtures.demo_district import at, registry
from tests.fixtures.orders import judged, paper

OCTOBER = Month(2026, 10).span
MINUTES = OCTOBER.seconds / 60


def minutes(start: int, end: int) -> Span:
    """Minutes from the month's beginning."""
    return Span(OCTOBER.start_s + start * 60, OCTOBER.start_s + end * 60)


def told(*downs: tuple[int, int], allowed: tuple[tuple[int, int], ...] = ()) -> Recorded:
    return Recorded(
        tuple(Down(f"d{n}", "fault", minutes(*one)) for n, one in enumerate(downs)),
        tuple(Allowed(f"a{n}", "maintenance", minutes(*one)) for n, one in enumerate(allowed)),
    )


def seen(*down: tuple[int, int], share: float = 1.0) -> ProbeSeen:
    return ProbeSeen(int(OCTOBER.seconds * share), tuple(minutes(*one) for one in down))


def test_overlapping_records_count_once() -> None:
    found = availability([OCTOBER], told((0, 60), (30, 90)), None, 0.9)
    assert (found.outage_minutes, found.sufficient) == (90, True)
    assert found.actual_ratio == pytest.approx(1 - 90 / MINUTES, abs=1e-6)
    assert [one.minutes for one in found.outages] == [60, 60]


def test_announced_maintenance_is_taken_out_once_however_many_papers_allow_it() -> None:
    found = availability([OCTOBER], told((0, 120), allowed=((0, 60), (30, 90), (200, 300))), None, 0.9)
    assert [one.excluded_minutes for one in found.exclusions] == [60, 30, 0]
    assert found.excluded_minutes == 90
    assert found.actual_ratio == pytest.approx(1 - 120 / MINUTES, abs=1e-6)
    assert found.assessed_ratio == pytest.approx(1 - 30 / MINUTES, abs=1e-6)


def test_without_record_and_probe_nothing_is_known() -> None:
    found = availability([OCTOBER], told(allowed=((0, 60),)), None, 0.9)
    assert (found.sufficient, found.actual_ratio, found.assessed_ratio) == (False, None, None)


def test_a_probe_that_saw_no_outage_shows_a_full_month() -> None:
    found = availability([OCTOBER], told(), seen(), 0.9)
    assert (found.sufficient, found.actual_ratio, found.probe_minutes) == (True, 1.0, 0)


def test_a_probe_with_too_few_looks_shows_nothing() -> None:
    found = availability([OCTOBER], told(), seen(share=0.5), 0.9)
    assert (found.sufficient, found.probe_minutes, found.probe_coverage) == (False, None, 0.5)


def test_a_difference_between_probe_and_records_is_told_and_the_records_hold() -> None:
    found = availability([OCTOBER], told((0, 60)), seen((0, 75)), 0.9)
    assert (found.outage_minutes, found.probe_minutes, found.difference_minutes) == (60, 75, 15)


def test_what_only_the_probe_saw_counts_and_maintenance_is_taken_out_of_it() -> None:
    found = availability([OCTOBER], told(allowed=((0, 60),)), seen((0, 75)), 0.9)
    assert found.actual_ratio == pytest.approx(1 - 75 / MINUTES, abs=1e-6)
    assert found.assessed_ratio == pytest.approx(1 - 15 / MINUTES, abs=1e-6)


def test_time_in_which_the_system_had_no_servers_counts_neither_way() -> None:
    found = availability([minutes(0, 1000)], told((900, 1200)), None, 0.9)
    assert (found.total_minutes, found.outage_minutes) == (1000, 100)


SPANS = st.lists(st.tuples(st.integers(0, 500), st.integers(1, 200)).map(lambda p: (p[0], p[0] + p[1])), max_size=5)


@given(SPANS, SPANS)
def test_the_assessed_figure_lies_between_the_actual_one_and_one(
    downs: list[tuple[int, int]], allowed: list[tuple[int, int]]
) -> None:
    found = availability([OCTOBER], told(*downs, allowed=tuple(allowed)), seen(), 0.9)
    assert found.actual_ratio is not None
    assert found.assessed_ratio is not None
    assert 0 <= found.actual_ratio <= found.assessed_ratio <= 1
    assert found.excluded_minutes == pytest.approx(sum(one.excluded_minutes for one in found.exclusions))


FAULT = paper(
    "FaultNotice",
    "fault-1",
    "2026-11-20",
    provider="provider-b",
    systems=["urban-v2"],
    started_at="2026-11-19T10:00:00+08:00",
    ended_at="2026-11-19T10:30:00+08:00",
    cause="交换机端口故障",
)
MAINTENANCE = paper(
    "MaintenanceNotice",
    "maintenance-1",
    "2026-11-16",
    provider="provider-b",
    systems=["urban-v2"],
    starts_at="2026-11-19T10:10:00+08:00",
    ends_at="2026-11-19T11:00:00+08:00",
    work="更换交换机",
)


FIRMWARE = paper(
    "TemporaryInterruptionRequest",
    "pool2-firmware-2026",
    "2026-11-10",
    provider="provider-b",
    systems=["chronic-followup", "urban-v2"],
    starts_at="2026-11-14T22:00:00+08:00",
    ends_at="2026-11-15T00:00:00+08:00",
    work="存储池2控制器固件升级",
    rollback="恢复原固件，30分钟",
)
CONSENT = paper(
    "TemporaryInterruptionConsent",
    "pool2-firmware-2026-consent",
    "2026-11-11",
    request="pool2-firmware-2026",
    decision="approved",
    decided_on="2026-11-11",
)


def test_an_urgent_interruption_counts_against_the_provider_although_it_was_consented() -> None:
    urgent = {**FIRMWARE, "spec": {**FIRMWARE["spec"], "urgent": True, "urgent_reason": "控制器告警"}}
    found = recorded(registry([urgent, CONSENT]), Month(2026, 11).span)["chronic-followup"]
    assert [one.cause for one in found.downs] == ["interruption"]
    assert found.allowed == ()


def test_the_demo_district_has_its_suspension_and_its_consented_interruption() -> None:
    november = Month(2026, 11).span
    found = recorded(judged(registry([FIRMWARE, CONSENT])), november)
    haitang = {(one.cause, one.span.start_s) for one in found["haitang-site"].downs}
    assert ("suspension", int(at("2026-11-16T16:30").timestamp())) in haitang
    assert all(one.span.end_s <= november.end_s for told in found.values() for one in told.downs)
    chronic = found["chronic-followup"]
    assert [(one.cause, one.span.seconds) for one in chronic.downs] == [("interruption", 7200)]
    assert [one.reason for one in chronic.allowed] == ["interruption"]


@pytest.mark.parametrize(("outcome", "reasons"), [(True, {"maintenance"}), (False, set()), (None, set())])
def test_maintenance_counts_once_its_notice_was_admitted(*, outcome: bool | None, reasons: set[str]) -> None:
    around = registry([FAULT, MAINTENANCE])
    notice = around.get("maintenance-1")
    assert notice is not None
    if outcome is not None:
        record = Admitted(
            document=notice.digest,
            id=notice.id,
            commit="c",
            sequence=0,
            as_of=datetime.fromisoformat("2026-11-16T09:00:00+08:00"),
            rule_set="sha256:" + "0" * 64,
            admitted=outcome,
        )
        around = type(around)(around.head, around.filed, (record,))
    found = recorded(around, Month(2026, 11).span)["urban-v2"]
    assert {one.reason for one in found.allowed if one.document == "maintenance-1"} == reasons
    assert ("fault-1", 1800) in {(one.document, one.span.seconds) for one in found.downs}
