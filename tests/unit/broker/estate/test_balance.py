import pytest

from broker.cli.balance import balance_lines
from broker.estate.balance import NOT_ADMITTED, Balance, balance_of
from quotas.amount import Amount
from tests.fixtures import demo_district as demo
from tests.unit.broker.decide.rounds import filed_at


def balance_at(instant: str, number: str) -> Balance:
    as_of = demo.at(instant)
    found = balance_of(number, filed_at(as_of), as_of)
    assert found is not None
    return found


def test_an_approval_is_drawn_down_by_the_assignments_of_its_systems() -> None:
    approved = balance_at("2026-03-09T12:00", "RY-2026-011")
    assert [(line.zone, line.stage) for line in approved.lines] == [("internet", "approved"), ("extranet", "approved")]
    assert approved.lines[0].granted == Amount(8, 16, 400, 0, 100, 50, 1)
    assert [line.drawn for line in approved.lines] == [Amount(), Amount()]
    assert approved.left == approved.lines[0].granted + approved.lines[1].granted
    assert balance_at("2026-03-11T12:00", "RY-2026-011").left == Amount()


def test_one_approval_carries_several_systems() -> None:
    found = balance_at("2026-11-23T12:00", "RY-2025-004")
    assert [f"{line.system}/{line.zone}" for line in found.lines] == [
        "online-hall/internet",
        "online-hall/extranet",
        "hotline-feedback/internet",
    ]
    assert all(line.drawn == line.granted == line.entitled for line in found.lines)


def test_a_change_decided_later_moves_what_its_system_may_draw() -> None:
    (line,) = balance_at("2026-11-23T12:00", "RY-2025-010").lines
    assert (line.granted.vcpu, line.entitled.vcpu, line.drawn.vcpu, line.left) == (48, 40, 40, Amount())


def test_an_elastic_grant_is_no_part_of_an_approval() -> None:
    (line,) = [x for x in balance_at("2026-06-15T12:00", "RY-2025-008").lines if x.system == "edu-portal"]
    in_window = [x for x in balance_at("2026-06-15T12:00", "RY-2025-008").lines if x.system == "enrolment"]
    assert line.entitled == line.granted
    assert [x.entitled for x in in_window] == [x.granted for x in in_window]


def test_an_approval_without_effect_gives_nothing() -> None:
    as_of = demo.at("2026-03-09T08:00")
    found = balance_of("RY-2026-011", filed_at(as_of, until=as_of.date()), as_of)
    assert found is not None
    assert {(line.stage, line.granted, line.left) for line in found.lines} == {(NOT_ADMITTED, Amount(), Amount())}


def test_the_zeros_of_a_number_do_not_matter() -> None:
    assert balance_at("2026-03-09T12:00", "RY-2026-11") == balance_at("2026-03-09T12:00", "RY-2026-011")


def test_a_number_that_no_approval_has_gives_no_balance() -> None:
    as_of = demo.at("2026-03-09T12:00")
    assert balance_of("RY-2026-999", filed_at(as_of), as_of) is None
    with pytest.raises(ValueError, match="is no number of a paper"):
        balance_of("RY 2026 11", filed_at(as_of), as_of)


def test_the_balance_is_told_line_by_line_and_in_all() -> None:
    told = list(balance_lines(balance_at("2026-11-23T12:00", "RY-2025-010")))
    assert told[0] == "RY-2025-010 (ry-2025-010) approved on 2025-07-15"
    assert told[1] == "  urban-v2/extranet  production"
    assert [line.split()[0] for line in told[2:]] == ["granted", "entitled", "drawn", "left", "left"]
    assert told[-1] == "  left in all: nothing"
