from datetime import date, timedelta
from typing import Any

import chinese_calendar
import pytest

from broker.calendar.calendar import calendar_of
from broker.calendar.deadline import due
from broker.calendar.published import Expected, expected, published
from broker.documents.calendar import CalendarNoticeSpec, Holiday

PACKAGED = calendar_of()
NOTICE_2027 = CalendarNoticeSpec(
    year=2027,
    number="国办发明电〔2026〕0号",
    published_on=date(2026, 11, 30),
    source="test",
    holidays=(Holiday(name_zh="元旦", first_day=date(2026, 12, 31), last_day=date(2027, 1, 2)),),
    working_days=(date(2026, 12, 27),),
)


@pytest.mark.parametrize("year", sorted(PACKAGED.years))
def test_every_day_of_a_packaged_year_agrees_with_the_independent_package(year: int) -> None:
    days = [date(year, 1, 1) + timedelta(days=n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]
    assert [d for d in days if PACKAGED.works(d) is not chinese_calendar.is_workday(d)] == []  # type: ignore[no-untyped-call]  # the package has no types


def test_the_packaged_years_are_those_since_the_rule_came_into_force() -> None:
    assert sorted(PACKAGED.years) == list(range(2018, 2027))


def test_every_packaged_notice_names_its_paper_and_where_it_can_be_read() -> None:
    assert all("国办发明电" in notice.number and "gov.cn" in notice.source for notice in published())
    assert all(notice.published_on.year == notice.year - 1 for notice in published())


def test_a_make_up_saturday_is_worked_and_a_holiday_monday_is_not() -> None:
    assert PACKAGED.works(date(2026, 2, 14))
    assert not PACKAGED.works(date(2026, 2, 16))


def test_a_year_without_a_notice_keeps_its_statutory_days_free() -> None:
    assert [d.year for d in expected()] == [2027]
    assert not PACKAGED.works(date(2027, 2, 5))
    assert PACKAGED.works(date(2027, 2, 9))
    assert not PACKAGED.works(date(2031, 10, 1))


def test_days_are_final_by_their_notice_and_late_december_by_the_next_one() -> None:
    assert PACKAGED.is_final(date(2026, 12, 24))
    assert not PACKAGED.is_final(date(2026, 12, 25))
    assert PACKAGED.is_final(date(2025, 12, 31))
    assert not PACKAGED.is_final(date(2027, 1, 4))


def test_a_notice_may_still_move_the_december_before_it() -> None:
    entered = calendar_of([NOTICE_2027])
    assert PACKAGED.works(date(2026, 12, 31))
    assert not entered.works(date(2026, 12, 31))
    assert entered.works(date(2026, 12, 27))
    assert entered.is_final(date(2026, 12, 31))


def test_the_december_that_the_notice_of_2019_moved_is_as_it_said() -> None:
    assert PACKAGED.works(date(2018, 12, 29))
    assert not PACKAGED.works(date(2018, 12, 31))


def test_a_deadline_in_an_unannounced_year_is_recomputed_when_the_notice_is_entered() -> None:
    before, after = due(PACKAGED, date(2026, 12, 30), 2), due(calendar_of([NOTICE_2027]), date(2026, 12, 30), 2)
    assert (before.day, before.provisional) == (date(2027, 1, 4), True)
    assert (after.day, after.provisional) == (date(2027, 1, 5), False)


def test_a_registrys_notice_takes_the_place_of_the_packaged_one() -> None:
    corrected = published()[-1].model_copy(update={"working_days": ()})
    assert not calendar_of([corrected]).works(date(2026, 2, 14))


def test_expected_days_of_a_year_count_only_until_its_notice() -> None:
    guess = Expected(2027, (date(2027, 6, 9),))
    assert not calendar_of(unannounced=[guess]).works(date(2027, 6, 9))
    assert calendar_of([NOTICE_2027], unannounced=[guess]).works(date(2027, 6, 9))


@pytest.mark.parametrize(
    "wrong",
    [
        {"working_days": (date(2028, 1, 2),)},
        {"working_days": (date(2026, 11, 28),)},
        {"holidays": (Holiday(name_zh="元旦", first_day=date(2027, 1, 3), last_day=date(2027, 1, 1)),)},
    ],
)
def test_a_notice_that_arranges_days_of_another_year_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"can arrange|before it begins"):
        CalendarNoticeSpec.model_validate(NOTICE_2027.model_dump() | wrong)
