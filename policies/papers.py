"""Facts about the papers that a step must stand on: tests, assessments, reviews, grants, findings, opinions."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class TestFact:
    """The three parts of a conformance test (C-11(二)): which were never tested, which did not pass at last."""

    field: str
    missing_zh: tuple[str, ...]
    failed_zh: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProtectionFact:
    """The assessment of classified protection (等级保护测评) behind a step, beside the grade that it needs (C-18)."""

    field: str
    grade: int
    """What the system is, or will be after the change."""
    assessed_grade: int | None
    """Of the last assessment; None where there is none."""
    passed: bool = False
    valid_until: date | None = None
    day: date | None = None
    """The day on which it must hold."""


@dataclass(frozen=True, slots=True)
class ReviewFact:
    """测评 or 安全审查 of a provider: until when it is valid (C-15(二)); None where there is none."""

    field: str
    provider: str
    review_zh: str
    valid_until: date | None
    day: date


@dataclass(frozen=True, slots=True)
class FurtherItemFact:
    """A service asked for by its name in the contract, and the reviews that it has (C-26)."""

    field: str
    name_zh: str
    in_catalogue: bool
    physical: bool
    """非虚拟化资源 or 物理设备租用: both the office and the finance department review what it costs."""
    feasible: bool = False
    """论证审核 says yes."""
    reviewed_by_office: bool = False
    reviewed_by_finance: bool = False


@dataclass(frozen=True, slots=True)
class OpenFindingFact:
    """A high risk that the office has not accepted as mended (C-6(五), C-10)."""

    field: str
    finding: str
    about: str


@dataclass(frozen=True, slots=True)
class OpinionFact:
    """What the finder of a high risk says to its rectification, in the office's acceptance of it."""

    field: str
    finding: str
    attached: bool
    agrees: bool
    reasoned: bool


@dataclass(frozen=True, slots=True)
class UseFact:
    """How little a system that asks for more used of what it has, month by month (C-6(四): 合理值)."""

    field: str
    system: str
    months: tuple[str, ...]
    """The last months, each with facts; fewer than the rule asks for tell nothing."""
    cpu_p95_percent: int
    """The highest of these months."""
    memory_p95_percent: int
    cpu_limit_percent: int
    memory_limit_percent: int
    months_needed: int


@dataclass(frozen=True, slots=True)
class KeyPeriodFact:
    """A key protection period (重保) in which a change or a planned interruption falls (C-25)."""

    field: str
    name_zh: str
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class ConsentFact:
    """A planned interruption that was carried out, and what the office consented to (C-21)."""

    field: str
    request: str
    consented: bool
    outside_zh: str = ""
    """What of it the request did not ask for, in Chinese; empty = nothing."""


@dataclass(frozen=True, slots=True)
class OperatorFact:
    """A provider's operator, and whether the office has approved him for the day (C-9(四))."""

    field: str
    operator: str
    approved: bool


@dataclass(frozen=True, slots=True)
class EntryFact:
    """An entry into a unit's machines, databases or storage, and what the unit's live grants leave open (C-9(五))."""

    field: str
    system: str
    missing_zh: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExpertFact:
    """An exception from the duty to use the cloud, and the expert review behind it (C-5)."""

    field: str
    exception: str
    lacks_zh: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BuildingFact:
    """Something of a unit's own that the rule does not want built, and the express basis for it (C-4, S-38)."""

    field: str
    kind: str
    basis: bool


@dataclass(frozen=True, slots=True)
class WaiverFact:
    """A waiver as it is filed: the rule that it names, whether that can be waived at all, and for how long."""

    rule: str
    known: bool
    waivable: bool
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class HoldFact:
    """The office's decision on something held: whether the rule that it names holds for one at all."""

    rule: str
    known: bool
    decidable: bool
