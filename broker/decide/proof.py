"""What a system must have proven before it goes on: tests, assessment, high risks, its use (C-6, C-11, C-18)."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from broker.decide.case import Case
from broker.documents.readiness import ConformanceTestReportSpec, ProtectionAssessmentSpec
from broker.documents.reporting import UtilisationFactsSpec
from broker.documents.security import FindingSpec, RectificationAcceptanceSpec, RectificationNoticeSpec
from broker.registry.filed import Filed
from broker.registry.rectification import acceptances, notices
from policies.papers import OpenFindingFact, ProtectionFact, TestFact, UseFact

PARTS_ZH: Final = {"functional": "功能", "performance": "性能", "security": "安全"}
MONTHS, CPU_P95_PERCENT, MEMORY_P95_PERCENT = 3, 30, 40
"""Below both in each of these months a system has room of its own; the office may set other figures (C-30)."""


def test_fact(system: str, field: str, case: Case) -> TestFact:
    """The last result of each part of the conformance test."""
    results = [r for f in case.standing.evidence.of(ConformanceTestReportSpec, system) for r in f.spec.results]
    last: dict[str, bool] = {r.part: r.passed for r in sorted(results, key=lambda r: r.tested_on)}
    missing = tuple(name for part, name in PARTS_ZH.items() if part not in last)
    failed = tuple(name for part, name in PARTS_ZH.items() if last.get(part) is False)
    return TestFact(field, missing, failed)


def protection_fact(system: str, grade: int, day: date, field: str, case: Case) -> ProtectionFact:
    """The last assessment of the system beside the grade that it needs on the day."""
    found = case.standing.evidence.of(ProtectionAssessmentSpec, system)
    if not found:
        return ProtectionFact(field, grade, assessed_grade=None)
    last = max(found, key=lambda f: f.spec.assessed_on).spec
    passed = last.conclusion == "passed"
    return ProtectionFact(field, grade, last.grade, passed=passed, valid_until=last.valid_until, day=day)


def open_findings(about: str, field: str, case: Case) -> Iterator[OpenFindingFact]:
    """The high risks of a system or of a provider's platform that no acceptance has closed."""
    for finding in case.standing.evidence.of(FindingSpec, about):
        if finding.spec.risk == "high" and not mended(finding.id, case):
            yield OpenFindingFact(field, finding.id, about)


def mended(finding: str, case: Case) -> bool:
    """Whether the office has accepted that the finding was mended."""
    return any(accepted(notice.id, case) for notice in case.standing.evidence.of(RectificationNoticeSpec, finding))


def accepted(notice: str, case: Case) -> bool:
    """Whether the office has accepted that the notice was met, in whichever version the acceptance names it."""
    found = acceptances(case.registry, case.standing.evidence.of(RectificationAcceptanceSpec))
    return case.registry.first(notice) in found


def standing_notice(notice: str, case: Case) -> Filed[RectificationNoticeSpec] | None:
    """The version of the notice that holds, with its limit; None where it was withdrawn, or never admitted."""
    standing = case.standing
    versions = case.registry.of(RectificationNoticeSpec)
    held = (f for f in versions if standing.was_admitted(f.digest) and standing.evidence.stands(f.id))
    return notices(case.registry, held).get(case.registry.first(notice))


def use_fact(system: str, zones: frozenset[str], filed_on: date, case: Case) -> UseFact:
    """How much the system used in the zones that are to grow, in the last whole months before the filing."""
    wanted = _months_before(filed_on, _number("reasonable-months", MONTHS, case))
    facts = [f.spec for f in case.standing.evidence.of(UtilisationFactsSpec, system)]
    facts = [s for s in facts if s.month in wanted and s.zone in zones and s.tier is None]
    return UseFact(
        "spec.intent",
        system,
        months=tuple(sorted({s.month for s in facts})),
        cpu_p95_percent=max((s.cpu_p95_percent for s in facts), default=0),
        memory_p95_percent=max((s.memory_p95_percent for s in facts), default=0),
        cpu_limit_percent=_number("reasonable-cpu-p95-percent", CPU_P95_PERCENT, case),
        memory_limit_percent=_number("reasonable-memory-p95-percent", MEMORY_P95_PERCENT, case),
        months_needed=len(wanted),
    )


def _months_before(day: date, count: int) -> tuple[str, ...]:
    last = day.year * 12 + day.month - 2
    return tuple(f"{month // 12}-{month % 12 + 1:02}" for month in range(last - count + 1, last + 1))


def _number(name: str, default: int, case: Case) -> int:
    """A figure that the rule leaves open: the office's parameter in force, or the proposed reading."""
    found = case.parameters.get(name)
    return found.value if found is not None and isinstance(found.value, int) else default
