"""What a recipient sees: his own, and nothing that others' figures, papers or names could change."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from broker.documents.reporting import ReportKind
from monitoring.metering.facts import MonthFacts
from monitoring.reports.cut import Cut, cut_facts
from monitoring.reports.paper import Paper, written
from tests.unit.monitoring.reports.october import (
    KINDS,
    SHARED_CAUSE,
    UNITS,
    around_october,
    filed,
    october,
    papers,
    the_paper,
)

KNOWN = around_october()
NAMES = {
    "civil-affairs": ("区民政局", "社会救助", "居家养老", "assistance-check", "elderly-care"),
    "education": ("区教育局", "入学登记", "教育信息公开", "enrolment", "edu-portal"),
    "gov-service": ("区政务服务办公室", "在线办事大厅", "咨询反馈", "online-hall", "hotline-feedback"),
    "haitang": ("海棠街道", "网格化治理", "街道信息公开", "grid-governance", "haitang"),
    "health": ("区卫生健康", "预防接种", "慢病随访", "vaccination-booking", "chronic-followup"),
    "urban-mgmt": ("区城市管理", "数字化城市管理", "urban-v1", "urban-v2", "urban-mgmt"),
}
PROVIDERS = {"provider-a": ("甲云公司", "provider-a"), "provider-b": ("乙云公司", "provider-b")}
SERVED = {
    "provider-a": {"civil-affairs", "gov-service", "health"},
    "provider-b": {"education", "haitang", "health", "urban-mgmt"},
}


def strangers(text: str, known: dict[str, Any], own: set[str]) -> list[str]:
    return [word for who, words in known.items() if who not in own for word in words if word in text]


@pytest.mark.parametrize("kind", KINDS)
def test_a_units_cut_names_no_other_unit_and_no_other_provider(kind: ReportKind) -> None:
    for issue, made in papers(KNOWN, kind).items():
        text = written(made).decode()
        if issue.cut.unit:
            assert strangers(text, NAMES, {issue.cut.unit}) == []
        if issue.cut.provider:
            assert strangers(text, PROVIDERS, {issue.cut.provider}) == []
            assert strangers(text, NAMES, SERVED[issue.cut.provider]) == []


def test_every_report_of_somebody_has_what_is_his() -> None:
    for unit in UNITS:
        made = the_paper(KNOWN, "usage-circular", unit=unit)
        systems = {s.system_name for s in october().systems if s.unit == unit}
        (table,) = (table for table in made.tables() if table.id == "compute")
        assert {row[1].text for row in table.rows} == systems != set()


def foreign(facts: MonthFacts, keep: Callable[[str, str], bool]) -> MonthFacts:
    """The facts in which everybody else used, took, paid and was advised something else."""

    def other(lines: tuple[Any, ...], change: Callable[[Any], Any]) -> tuple[Any, ...]:
        return tuple(line if keep(line.unit, line.provider) else change(line) for line in lines)

    return replace(
        facts,
        coverage=0.123,
        sources=tuple(replace(s, coverage=0.5) if s.coverage is not None else s for s in facts.sources),
        systems=other(facts.systems, lambda s: replace(s, allocated={"vcpu": 99_999}, cost_yuan="777.77")),
        resources=other(facts.resources, lambda r: replace(r, verdict="tight", running_s=1, existed_s=1)),
        costs=other(facts.costs, lambda c: replace(c, cost_yuan="333.33", quantity_hours="4.4")),
        advice=tuple(a for a in facts.advice if keep(a.unit, a.provider)),
        excluded=tuple(e for e in facts.excluded if keep_server(facts, e.external_id, keep)),
        realised=tuple(r for r in facts.realised if keep_server(facts, r.advice.split(":")[1], keep)),
    )


def keep_server(facts: MonthFacts, server: str, keep: Callable[[str, str], bool]) -> bool:
    return any(keep(r.unit, r.provider) for r in facts.resources if r.external_id == server)


@pytest.mark.parametrize("kind", KINDS)
def test_no_figure_of_others_changes_a_cut(kind: ReportKind) -> None:
    for issue, made in papers(around_october(digest="sha256:" + "0" * 64), kind).items():
        if issue.cut == Cut():
            continue
        other = foreign(october(), issue.cut.holds)
        changed = around_october(changed=vars_of(other), digest="sha256:" + "0" * 64)
        assert written(the_paper(changed, kind, provider=issue.cut.provider, unit=issue.cut.unit)) == written(made)


def vars_of(facts: MonthFacts) -> dict[str, Any]:
    return {name: getattr(facts, name) for name in MonthFacts.__slots__}


FOREIGN_PAPERS = (
    filed(
        "FaultNotice",
        "other-fault",
        {
            "provider": "provider-b",
            "systems": ["enrolment"],
            "started_at": "2026-10-20T10:00:00+08:00",
            "ended_at": "2026-10-20T10:05:00+08:00",
            "cause": "教育局网络中断",
        },
        by="provider-b-operator",
    ),
    filed("Finding", "enrolment-finding", {"system": "enrolment", "risk": "low", "found_on": "2026-10-20"}),
)


def test_no_paper_of_others_changes_a_cut() -> None:
    with_papers = around_october(FOREIGN_PAPERS)
    for unit in UNITS:
        told, before = (written(the_paper(around, "usage-circular", unit=unit)) for around in (with_papers, KNOWN))
        assert (told == before) == (unit != "education")  # which is told of the finding on its own system
    for unit in SERVED["provider-a"]:
        asked = {"provider": "provider-a", "unit": unit}
        assert written(the_paper(with_papers, "provider", **asked)) == written(the_paper(KNOWN, "provider", **asked))
    whole = written(the_paper(with_papers, "ops")).decode()
    assert "enrolment-finding" in whole
    assert whole != written(the_paper(KNOWN, "ops")).decode()


def row(made: Paper, table: str) -> list[tuple[str, ...]]:
    return [tuple(cell.text for cell in cells) for found in made.tables() if found.id == table for cells in found.rows]


def test_the_words_of_a_notice_about_several_units_are_shown_to_none_of_them() -> None:
    own = the_paper(KNOWN, "provider", provider="provider-a", unit="health")
    ((_, systems, _, _, cause),) = row(own, "faults")
    assert (systems, cause) == ("预防接种预约系统", "涉及其他单位，原文从略")
    whole = the_paper(KNOWN, "provider", provider="provider-a")
    assert row(whole, "faults")[0][4] == SHARED_CAUSE


def test_the_coverage_of_a_cut_is_its_own() -> None:
    worst = min(UNITS, key=lambda unit: cut_facts(october(), Cut(unit=unit)).coverage or 0)
    assert (cut_facts(october(), Cut(unit=worst)).coverage or 0) < (october().coverage or 0)
    assert cut_facts(october(), Cut()) == october()
