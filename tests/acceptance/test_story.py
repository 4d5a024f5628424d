"""The demo district's year: the decisive facts of its twelve cases, as the domain report has them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from broker.clock import day_of
from broker.clocks.clock import State
from monitoring.cli import app
from tests.fixtures.demo_district import at
from tools.story.__main__ import tell
from tools.story.cases import CASES, case_of
from tools.story.telling import figures
from tools.story.year import Moment, Paper

MET, OVERDUE = State.MET, State.OVERDUE


@dataclass(frozen=True)
class Facts:
    """What must have come of a case: answers by document, clocks that ended, and what changed on a cloud when."""

    answers: dict[str, tuple[str, set[str]]]
    """Day of receipt and the codes of the refusal, empty where it was admitted."""
    clocks: tuple[tuple[str, str, State], ...] = ()
    """Clock, last day, how it ended."""
    stacks: tuple[tuple[str, str, dict[str, str]], ...] = ()
    """Instant, stack, and figures as they must be from then on; none = it must be gone."""
    words: tuple[str, ...] = ()
    """Facts and cures that refusals must name."""


FACTS = {
    "D-01": Facts(
        {"education-plan-2027": ("2026-07-24", set()), "education-plan-2027-decision": ("2026-08-20", set())},
        clocks=(("yearly-plan", "2026-07-31", MET),),
    ),
    "D-02": Facts(
        {
            "vaccination-booking-request": ("2026-02-25", set()),
            "ry-2026-011": ("2026-03-09", set()),
            "vaccination-booking-assigned-provider": ("2026-03-10", set()),
            "vaccination-booking-conformance": ("2026-05-28", set()),
            "vaccination-booking-assessment": ("2026-05-29", set()),
            "vaccination-booking-live": ("2026-05-30", set()),
        },
        clocks=(("test-resources", "2026-03-12", MET),),
        stacks=(
            ("2026-03-10T10:00", "vaccination-booking.internet.provider-a", {"servers": "2", "bandwidth Mbps": "50"}),
            ("2026-03-10T10:00", "vaccination-booking.extranet.provider-a", {"servers": "4", "data volumes": "4"}),
        ),
    ),
    "D-03": Facts(
        {"enrolment-elastic-2026": ("2026-05-18", set()), "enrolment-elastic-2026-decision": ("2026-05-21", set())},
        clocks=(("change", "2026-05-26", MET),),
        stacks=(
            ("2026-06-01T00:00", "enrolment.internet.provider-b", {"servers": "6", "bandwidth Mbps": "100"}),
            ("2026-07-16T00:00", "enrolment.internet.provider-b", {"servers": "2", "bandwidth Mbps": "50"}),
        ),
    ),
    "D-04": Facts(
        {"urban-v2-scale-down-2026": ("2026-09-10", set()), "urban-v2-scale-down-2026-done": ("2026-09-16", set())},
        clocks=(("change", "2026-09-16", MET),),
        stacks=(("2026-09-15T20:00", "urban-v2.extranet.provider-b", {"servers": "5"}),),
    ),
    "D-05": Facts(
        {
            "urban-v1-exit-2026": ("2026-10-09", set()),
            "urban-v1-exit-2026-assigned-provider": ("2026-10-13", set()),
            "urban-v1-exit-2026-hand-over-part": ("2026-11-26", {"DATA_NOT_RETURNED"}),
            "urban-v1-exit-2026-hand-over": ("2026-11-27", set()),
        },
        clocks=(("exit", "2026-10-15", MET),),
        stacks=(
            ("2026-10-15T00:00", "urban-v1.extranet.provider-b", {"power": "stopped", "data volumes": "1"}),
            ("2026-11-27T09:00", "urban-v1.extranet.provider-b", {}),
        ),
        words=("extranet/bucket/objects 没有交接签收",),
    ),
    "D-06": Facts(
        {
            "f-2026-031": ("2026-11-16", set()),
            "haitang-site-suspension-2026": ("2026-11-16", set()),
            "haitang-site-resumption-early": ("2026-11-18", {"NOT_RECTIFIED"}),
            "f-2026-031-accepted": ("2026-11-27", set()),
            "haitang-site-resumption-2026": ("2026-11-30", set()),
        },
        clocks=(("rectification", "2026-11-30", MET),),
        stacks=(
            (
                "2026-11-16T16:30",
                "haitang-site.internet.provider-b",
                {"power": "stopped", "public addresses open": "0", "data volumes": "1", "buckets": "1"},
            ),
            (
                "2026-11-30T09:00",
                "haitang-site.internet.provider-b",
                {"power": "running", "public addresses open": "1"},
            ),
        ),
    ),
    "D-07": Facts(
        {
            "pool2-firmware-2026": ("2026-11-10", set()),
            "pool2-firmware-2026-consent": ("2026-11-11", set()),
            "pool2-firmware-2026-done": ("2026-11-15", set()),
        },
        clocks=(("interruption-form", "2026-11-12", MET),),
    ),
    "D-08": Facts(
        {
            "imaging-exception": ("2026-07-20", set()),
            "imaging-exception-by-staff": ("2026-07-22", {"NO_EXPERT_REVIEW"}),
            "imaging-exception-review": ("2026-08-18", set()),
        },
        clocks=(("exception-recheck", "2027-08-18", State.RUNNING),),
    ),
    "D-09": Facts(
        {"gas-command-request": ("2026-03-17", {"MLPS_GRADE_TOO_HIGH", "QUOTA_EXCEEDED"})},
        words=("系统等级保护为4级，政务云平台按3级管理", "由主管部门重新定级；本平台不提供例外"),
    ),
    "D-10": Facts(
        {
            "elderly-care-conformance": ("2026-11-18", set()),
            "elderly-care-live": ("2026-11-18", {"TEST_NOT_PASSED", "MLPS_NOT_ASSESSED"}),
        },
        words=("没有安全测试的报告", "没有等级保护2级的测评", "测试资源可以延期"),
    ),
    "D-11": Facts(
        {"chronic-followup-growth-2026": ("2026-08-24", {"QUOTA_EXCEEDED", "NOT_REASONABLE"})},
        words=("合计将达120核，超过限额64核", "合计将达448GiB，超过限额256GiB", "申请弹性调整"),
    ),
    "D-12": Facts(
        {"core-switch-2026": ("2026-09-30", {"NOTICE_TOO_SHORT"})},
        words=("最迟应于2026-09-29通知", "改为2026-10-09或之后开始，或说明特殊情况"),
    ),
}


@dataclass(frozen=True)
class Year:
    """The story as it was told, and where its registry lies."""

    home: Path
    moments: tuple[Moment, ...]


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Year:
    home = tmp_path_factory.mktemp("story")
    return Year(home, tell(home / "story"))


def check(case: str, told: Iterable[Moment]) -> None:
    """Nothing; the moments hold every fact of the case."""
    moments, facts = tuple(told), FACTS[case]
    papers = {paper.filed.id: (moment, paper) for moment in moments for paper in moment.papers}
    for name, (day, codes) in facts.answers.items():
        moment, paper = papers[name]
        assert (name, day_of(moment.at)) == (name, date.fromisoformat(day))
        assert (name, _codes(paper)) == (name, codes)
    turns = {
        (r.clock.id, str(r.last_day), r.state) for m in moments for r in m.turns if case_of(r.span.subject) == case
    }
    assert set(facts.clocks) <= turns
    for instant, stack, wanted in facts.stacks:
        changes = [c for m in moments if m.at == at(instant) for c in m.stacks if c.stack == stack]
        assert len(changes) == 1, f"{stack} does not change at {instant}"
        now = figures(changes[0].after)
        assert {name: now.get(name) for name in wanted} == wanted
        assert bool(now) is bool(wanted)
    said = [
        f"{f.fact_zh}；{f.cure_zh}"
        for m in moments
        for p in m.papers
        for f in p.findings
        if case_of(p.filed.id) == case
    ]
    for words in facts.words:
        assert any(words in line for line in said), said


def _codes(paper: Paper) -> set[str]:
    return {finding.code for finding in paper.findings}


@pytest.mark.parametrize("case", sorted(FACTS))
def test_a_case_comes_to_what_the_domain_report_says(year: Year, case: str) -> None:
    check(case, year.moments)


@pytest.mark.parametrize("case", sorted(FACTS))
def test_a_case_that_is_left_out_of_the_story_is_missed(year: Year, case: str) -> None:
    without = (
        replace(
            moment,
            papers=tuple(p for p in moment.papers if case_of(p.filed.id) != case),
            turns=tuple(r for r in moment.turns if case_of(r.span.subject) != case),
        )
        for moment in year.moments
    )
    with pytest.raises(KeyError):
        check(case, without)


def test_all_twelve_cases_have_their_facts() -> None:
    assert sorted(CASES) == sorted(FACTS) == [f"D-{number:02}" for number in range(1, 13)]


def test_refusals_of_filings_are_answered_and_decisions_that_the_rules_forbid_do_not_enter(year: Year) -> None:
    papers = [paper for moment in year.moments for paper in moment.papers]
    refused = {paper.filed.id for paper in papers if paper.findings and not paper.at_the_door}
    assert refused == {"gas-command-request", "chronic-followup-growth-2026", "core-switch-2026"}
    assert all(paper.findings for paper in papers if paper.at_the_door)


def test_plans_that_did_not_come_and_reports_that_are_missing_run_overdue(year: Year) -> None:
    missed = {(r.clock.id, r.span.subject): m.at for m in year.moments for r in m.turns if r.state is OVERDUE}
    plans = {subject for clock, subject in missed if clock == "yearly-plan"}
    assert plans == {f"{unit}/2027" for unit in ("civil-affairs", "gov-service", "haitang", "health", "urban-mgmt")}
    assert missed["yearly-plan", "health/2027"] == at("2026-08-01T00:00")
    assert missed["provider-monthly-report", "provider-b/2026-11"] == at("2026-12-08T00:00")


def test_the_commands_read_the_same_year_from_the_registry_that_is_left(year: Year) -> None:
    home = year.home / "story"
    asked = ["clocks", str(home / "registry"), "--as-of", "2026-12-31T18:00", "--all", "--json"]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    told = [json.loads(line) for line in done.stdout.splitlines()]
    states = {(clock["clock"], clock["subject"], clock["last_day"]): clock["state"] for clock in told}
    assert states["yearly-plan", "education/2027", "2026-07-31"] == "met"
    assert states["yearly-plan", "health/2027", "2026-07-31"] == "overdue"
    assert states["exit", "urban-v1-exit-2026", "2026-10-15"] == "met"
    balance = CliRunner().invoke(app, ["balance", "RY-2026-011", "--home", str(home), "--as-of", "2026-12-31T18:00"])
    assert balance.exit_code == 0, balance.output
    assert "vaccination-booking/internet  production" in balance.stdout
