"""The State Council's yearly notice of holidays and make-up days: what 工作日 means in the rule (reading R1)."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from broker.documents.envelope import Nature, Spec
from broker.documents.fields import Day, Line, Part

_DECEMBER = 12


class Holiday(Part):
    """One holiday of a notice, weekends inside it included, as the notice writes it."""

    name_zh: Line
    first_day: Day
    last_day: Day
    """Inclusive."""


class CalendarNoticeSpec(Spec):
    """国务院办公厅关于部分节假日安排的通知: one year's holidays and the weekend days that are worked instead."""

    kind: ClassVar = "CalendarNotice"
    nature: ClassVar = Nature.FOUNDATION
    folder: ClassVar = "platform"
    signed_by: ClassVar = ("cloud_office",)

    year: Annotated[int, Field(ge=2008, le=2100)]
    number: Line
    """Number of the paper, such as 国办发明电〔2025〕7号."""
    published_on: Day
    source: Line
    """Where the paper can be read."""
    holidays: Annotated[tuple[Holiday, ...], Field(min_length=1)]
    working_days: tuple[Day, ...] = ()
    """Make-up days (调休上班): Saturdays and Sundays that are worked."""

    @model_validator(mode="after")
    def _within_the_year(self) -> Self:
        """A notice speaks of its own year; for 元旦 it may reach into the December before."""
        days = [day for h in self.holidays for day in (h.first_day, h.last_day)] + [*self.working_days]
        for day in days:
            if day.year != self.year and (day.year, day.month) != (self.year - 1, _DECEMBER):
                raise ValueError(f"{day} is not a day that the notice of {self.year} can arrange")
        for holiday in self.holidays:
            if holiday.first_day > holiday.last_day:
                raise ValueError(f"{holiday.name_zh} ends on {holiday.last_day}, before it begins")
        return self
