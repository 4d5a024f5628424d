"""The yearly plan: what a unit wants of the cloud next year, decided item by item (C-11)."""

from datetime import date
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from broker.documents.envelope import Nature, Spec
from broker.documents.fields import Amount, Day, Id, Line, MlpsGrade, Part, Text, Zone

_LAST_OF_JULY: Final = (7, 31)

PlanYear = Annotated[int, Field(ge=2018, le=2100)]


class PlanNeed(Part):
    """What a plan item needs in one zone."""

    zone: Zone
    amount: Amount


class PlanItem(Part):
    """One system of the plan."""

    item: Id
    """What an onboarding request names as its `plan_item`."""
    name_zh: Line
    system: Id | None = None
    """The system that goes on; left out for one that is to be built."""
    wish: Literal["continue", "new", "change", "exit"]
    mlps_grade: MlpsGrade
    entry_month: Annotated[int, Field(ge=1, le=12)] | None = None
    needs: Annotated[tuple[PlanNeed, ...], Field(min_length=1, max_length=2)]
    cost_bearer: Literal["central", "unit"] = "central"
    """Who pays what the cloud itself does not (C-27)."""
    reason: Text


class YearlyPlanSpec(Spec):
    """政务云使用计划 of the next year, filed by the end of July; a later one is marked late and decided (C-11)."""

    kind: ClassVar = "YearlyPlan"
    nature: ClassVar = Nature.FILING
    folder: ClassVar = "cases"

    unit: Id
    year: PlanYear
    """The year that the plan is for."""
    items: Annotated[tuple[PlanItem, ...], Field(min_length=1)]

    @property
    def last_day(self) -> date:
        """每年7月底前: the last day on which the plan is in time (readings R5, R18)."""
        return date(self.year - 1, *_LAST_OF_JULY)

    def late_on(self, day: date) -> bool:
        """Whether a plan that comes on this day is late."""
        return day > self.last_day


class PlanItemDecision(Part):
    """The office's word on one item; an approved one may be asked for, it grants no resource by itself."""

    item: Id
    result: Literal["approved", "refused", "deferred"]
    reason: Text | None = None


class PlanDecisionSpec(Spec):
    """The office's decision on a yearly plan, item by item (C-11)."""

    kind: ClassVar = "PlanDecision"
    nature: ClassVar = Nature.DECISION
    folder: ClassVar = "cases"
    signed_by: ClassVar = ("cloud_office",)

    plan: Id
    accepted_late: bool = False
    """True where the plan came after 31 July and the office takes it all the same (reading R18)."""
    items: Annotated[tuple[PlanItemDecision, ...], Field(min_length=1)]
    decided_on: Day
