"""Incidents and planned work, as metrics."""

from broker.registry.filed import Registry
from monitoring import catalogue
from monitoring.disturbances import samples
from tests.fixtures.clock_desk import founded, moment
from tests.fixtures.demo_district import at, registry
from tests.fixtures.orders import judged, paper


def test_incidents_are_told_by_level_and_whether_their_end_is_told() -> None:
    desk = founded("2026-03-01T10:00")
    spec = {"level": "larger", "started_at": "2026-03-08T10:00:00+08:00", "handled_under": "应急预案"}
    desk.file("2026-03-08T12:00", "Incident", "going-on", spec)
    desk.file("2026-03-08T12:00", "Incident", "over", spec | {"ended_at": "2026-03-08T11:00:00+08:00"})
    later = spec | {"ended_at": "2026-03-08T11:30:00+08:00"}
    desk.file("2026-03-09T12:00", "Incident", "over-2", later, supersedes="over")
    found = samples(Registry("0" * 40, tuple(desk.filed), ()), moment("2026-03-10T10:00"))
    told = {values: value for family, values, value in found if family is catalogue.INCIDENTS}
    assert {of: value for of, value in told.items() if value} == {("larger", "open"): 1, ("larger", "ended"): 1}
    assert len(told) == 8, "every level has both states, so that none is absent where an alert looks"


def test_planned_work_is_active_from_its_start_to_its_end_and_noted_before_and_after() -> None:
    planned = {"provider": "provider-b", "systems": ["urban-v2"]}
    window = {"starts_at": "2026-11-19T10:00:00+08:00", "ends_at": "2026-11-19T11:00:00+08:00"}
    notice = paper("MaintenanceNotice", "m", "2026-11-16", **planned, **window, work="更换交换机")
    known = judged(registry([notice]))
    for time, active in (("09:59", 0), ("10:00", 1), ("10:59", 1), ("11:00", 0)):
        found = samples(known, at(f"2026-11-19T{time}"))
        assert {v[0]: n for family, v, n in found if family is catalogue.MAINTENANCE}["urban-v2"] == active
    assert all(
        family is not catalogue.MAINTENANCE
        for family, _, _ in samples(Registry("0" * 40, (), ()), at("2026-11-19T10:00"))
    )
    nothing = samples(Registry("0" * 40, (), ()), at("2026-11-19T10:00"))
    assert all(family is not catalogue.MAINTENANCE for family, _, _ in nothing)
