"""What stands in which report (C-6, C-7, C-9, C-10, C-13, C-19), and that its figures are those of the facts."""

from dataclasses import replace
from datetime import UTC, date, timedelta
from decimal import Decimal

import pytest

from broker.clock import SHANGHAI, start_of
from broker.documents.issuing import code_of
from monitoring.metering.facts import Outage
from monitoring.metering.policy import shipped
from monitoring.reports.kinds import NoSuchReport, issues, served
from monitoring.reports.paper import Paper, Table, written
from tests.unit.monitoring.reports.october import KINDS, around_october, filed, october, papers, the_paper

KNOWN = around_october()
PROVIDER = the_paper(KNOWN, "provider", provider="provider-a")
OPS = the_paper(KNOWN, "ops")


ONBOARDING = {
    "purpose": "公开",
    "provider": "provider-a",
    "state_secret": False,
    "mlps": {"grade": 2},
    "importance": "low",
    "dr_class": "none",
    "wanted_from": "2026-11-01",
    "zones": [{"zone": "internet", "tiers": [], "bandwidth_mbps": 10}],
}


def table(paper: Paper, name: str) -> Table:
    (found,) = (table for table in paper.tables() if table.id == name)
    return found


def texts(paper: Paper, name: str) -> list[tuple[str, ...]]:
    return [tuple(cell.text for cell in row) for row in table(paper, name).rows]


def test_a_providers_report_goes_to_the_office_and_to_every_unit_with_a_live_system() -> None:
    told = {(i.party, i.recipient) for i in issues(KNOWN, "provider")}
    assert {r for p, r in told if p == "provider-a"} == {"cloud-office", "civil-affairs", "gov-service", "health"}
    assert {r for p, r in told if p == "provider-b"} == {"cloud-office", "education", "haitang", "health", "urban-mgmt"}


def test_a_system_in_test_alone_makes_no_report_due_and_a_live_one_without_resources_does() -> None:
    request = ONBOARDING | {"system": "tried", "unit": "trying", "name_zh": "试用"}
    extra = (
        filed("Unit", "trying", {"name_zh": "区试用单位", "unit_kind": "administrative"}, on="2026-09-01"),
        filed("OnboardingRequest", "tried-request", request, on="2026-09-02"),
    )
    tried = replace(october().systems[0], unit="trying", system="tried", provider="provider-a")
    known = around_october(extra, changed={"systems": (tried,)})
    assert served(known, "provider-a") == {"civil-affairs", "gov-service", "health"}
    live = filed("GoLive", "tried-live", {"system": "tried", "live_from": "2026-09-10"}, on="2026-09-10")
    assert "trying" in served(around_october((*extra, live), changed={"systems": ()}), "provider-a")


def test_a_providers_report_has_operation_resource_use_and_advice() -> None:
    parts = [section.title for section in PROVIDER.sections]
    assert {"资源使用情况", "备份与容灾", "工单与时限", "故障、维护与中断", "优化建议和动态调整意见"} <= set(parts)
    own = [a for a in october().advice if a.provider == "provider-a"]
    told = {name: len(table(PROVIDER, name).rows) for name in ("advice", "storage-advice", "kept-advice")}
    assert told == {"advice": 1, "storage-advice": 2, "kept-advice": 2}
    assert sum(told.values()) == len(own) > told["storage-advice"]
    assert ("在线办事大厅", "政务外网区", "热备", "2", "1", "1", "50.0%", "2026-10-05 02:00", "1", "1") in texts(
        PROVIDER, "backups"
    )


def test_availability_shows_both_figures_and_each_exclusion_by_name() -> None:
    rows = {row[0]: row for row in texts(OPS, "availability")}
    facts = next(s.availability for s in october().systems if s.system == "grid-governance")
    assert rows["网格化治理平台"][3:7] == ("60.0", "60.0", "99.8656%", "100.0000%")
    assert (facts.outage_minutes, facts.excluded_minutes) == (60.0, 60.0)
    assert texts(OPS, "exclusions") == [
        (
            "网格化治理平台",
            "政务外网区",
            "haitang-storage",
            "经同意的临时中断",
            "2026-10-17 22:00",
            "2026-10-17 23:00",
            "60.0",
        )
    ]
    assert rows["咨询反馈平台"][5:7] == ("数据不足", "数据不足")
    fault = [row for row in texts(OPS, "outages") if row[2] == "storage-fault"]
    assert {row[0] for row in fault} == {"在线办事大厅", "预防接种预约系统"}
    assert {row[6] for row in fault} == {"90.0"}


def test_the_three_figures_stand_side_by_side_as_the_facts_have_them() -> None:
    by_place = {(s.system_name, s.zone): s for s in october().systems}
    rows = texts(OPS, "compute")
    assert len(rows) == len(by_place)
    for _, system, zone, _, approved, allocated, mean, p95, coverage in rows:
        facts = by_place[system, {"政务外网区": "extranet", "互联网区": "internet"}[zone]]
        assert (approved, allocated) == (str(facts.approved["vcpu"]), str(facts.allocated["vcpu"]))
        assert (mean, p95, coverage) == ("35.0%", "60.0%", "100.0%")


def test_the_month_before_stands_beside_where_it_is_closed_and_is_said_to_be_missing_where_not() -> None:
    rows = {row[0]: row[1:] for row in texts(OPS, "overview")}
    assert rows["使用单位（个）"] == ("6", "6", "0")
    alone = the_paper(around_october(with_before=False), "ops")
    assert {row[2] for row in texts(alone, "overview")} == {"—"}
    assert table(alone, "overview").note == "上月未月结，不作比较。"


def test_a_compulsory_measure_stands_where_suspensions_stand_once_there_is_one() -> None:
    assert "强制处理（次）" not in {row[0] for row in texts(OPS, "overview")}
    first, *others = october().systems
    down = Outage("m", "measure", "2026-10-20T10:00:00+08:00", "2026-10-20T12:00:00+08:00", 120)
    held = replace(first, availability=replace(first.availability, outages=(*first.availability.outages, down)))
    known = around_october(changed={"systems": (held, *others)})
    rows = {row[0]: row[1:] for row in texts(the_paper(known, "ops"), "overview")}
    assert rows["强制处理（次）"] == ("1", "0", "+1")
    for paper in (the_paper(known, "ops"), the_paper(known, "provider", provider=first.provider)):
        (told,) = (row for row in texts(paper, "outages") if row[2] == "m")
        assert (told[0], told[3], told[-1]) == (first.system_name, "强制处理", "120.0")


def test_costs_are_the_sum_of_the_rounded_lines_and_the_supervisor_is_shown_none() -> None:
    rows = table(OPS, "costs").rows
    *systems, whole = [Decimal(row[-1].number) for row in rows]
    assert sum(systems) == whole == sum(Decimal(s.cost_yuan or 0) for s in october().systems)
    assert "元" not in written(the_paper(KNOWN, "supervision-data")).decode()


def test_what_is_hardly_measured_has_no_figure() -> None:
    bands = {row[0]: row[1:] for row in texts(OPS, "bands")}
    assert sum(int(row[5]) for row in bands.values()) == 1
    few = next(r for r in october().resources if (r.kind, r.verdict) == ("server", "insufficient"))
    own = the_paper(KNOWN, "provider", provider=few.provider, unit=few.unit)
    (row,) = (row for row in texts(own, "servers") if row[-1] == "数据不足")
    assert row[6:10] == ("数据不足",) * 4


def test_the_summary_has_one_line_for_each_form_with_its_state() -> None:
    made = the_paper(KNOWN, "intent-summary", provider="provider-b")
    assert [(row[0], row[3], row[-1]) for row in texts(made, "forms")] == [
        ("urban-v2-scale-down-2026", "资源变更", "逾期未办结"),
        ("urban-v1-exit-2026", "退出", "逾期未办结"),
    ]
    assert sum(int(row[1]) for row in texts(made, "form-states")) == 2
    assert texts(the_paper(KNOWN, "intent-summary", provider="provider-a"), "forms") == []


def test_what_is_overdue_is_the_same_in_whatever_zone_the_ledger_tells_when_the_month_was_closed() -> None:
    last_day = min(date.fromisoformat(row[4]) for row in texts(OPS, "overdue"))
    closed_at = start_of(last_day + timedelta(days=1)) + timedelta(hours=1)
    told = [
        texts(the_paper(replace(KNOWN, closed_at=closed_at.astimezone(zone)), "ops"), "overdue")
        for zone in (SHANGHAI, UTC)
    ]
    assert told[0] == told[1] != []


def test_what_is_overdue_is_there_by_name() -> None:
    rows = texts(OPS, "overdue")
    assert ("系统下线", "第十二条第（二）项", "urban-v1-exit-2026", "乙云公司", "2026-10-15", "—", "逾期未办结") in rows
    assert {row[-1] for row in rows} <= {"逾期未办结", "逾期办结"}


def test_checks_and_findings_are_told_and_what_was_found_is_not() -> None:
    assert texts(OPS, "checks")[0][:3] == ("定期检查评估", "区网信办", "乙云公司")
    assert texts(OPS, "findings") == [("site-finding", "街道信息公开专栏", "高", "2026-10-14", "—", "待通知整改")]


def test_a_rectification_that_was_accepted_against_the_finders_opinion_is_listed_with_its_reason() -> None:
    notice = {"addressee": "haitang", "finding": "site-finding", "system": "haitang-site", "limit": "2026-10-20"}
    said = {"rectification": "site-notice", "finder_agrees": False, "reason": "复测三次均未复现"}
    extra = (
        filed("RectificationNotice", "site-notice", notice | {"demand": "清除后门"}, on="2026-10-15"),
        filed("RectificationAcceptance", "site-accepted", said | {"accepted_on": "2026-10-21"}, on="2026-10-21"),
    )
    told = texts(the_paper(around_october(extra), "ops"), "against-finder")
    assert told == [("site-accepted", "site-finding", "街道信息公开专栏", "复测三次均未复现", "2026-10-21", "—")]
    agreed = filed(
        "RectificationAcceptance", "site-accepted", said | {"finder_agrees": True, "accepted_on": "2026-10-21"}
    )
    assert texts(the_paper(around_october((extra[0], agreed)), "ops"), "against-finder") == []
    assert texts(OPS, "against-finder") == []


def test_an_acceptance_of_an_earlier_version_of_the_notice_is_of_the_one_that_holds() -> None:
    notice = {"addressee": "haitang", "finding": "site-finding", "system": "haitang-site", "demand": "清除后门"}
    more_time = filed("RectificationNotice", "site-notice-2", notice | {"limit": "2026-10-25"}, on="2026-10-18")
    more_time["metadata"]["supersedes"] = "site-notice"
    said = {"rectification": "site-notice", "finder_agrees": False, "reason": "复测三次均未复现"}
    extra = (
        filed("RectificationNotice", "site-notice", notice | {"limit": "2026-10-20"}, on="2026-10-15"),
        more_time,
        filed("RectificationAcceptance", "site-accepted", said | {"accepted_on": "2026-10-21"}, on="2026-10-21"),
    )
    paper = the_paper(around_october(extra), "ops")
    assert texts(paper, "findings")[0][-2:] == ("2026-10-25", "已验收")
    assert [row[1] for row in texts(paper, "against-finder")] == ["site-finding"]
    assert texts(the_paper(around_october(extra[:2]), "ops"), "findings")[0][-2:] == ("2026-10-25", "整改中")


def test_what_the_office_decides_on_itself_is_listed() -> None:
    unit = filed("Unit", "office-unit", {"name_zh": "区网信办", "unit_kind": "administrative"}, on="2026-10-01")
    request = ONBOARDING | {"system": "office-portal", "unit": "office-unit", "name_zh": "网信办门户"}
    own = {"number": "RY-2026-099", "requests": ["portal"], "decision": "approved", "decided_on": "2026-10-20"}
    extra = (
        unit,
        filed("OnboardingRequest", "portal", request, on="2026-10-15"),
        filed("OnboardingApproval", "portal-approval", own, on="2026-10-20"),
    )
    told = texts(the_paper(around_october(extra), "ops"), "own-decisions")
    assert told == [("portal-approval", "portal", "同意", "2026-10-20", "—")]
    assert texts(OPS, "own-decisions") == []


def test_every_report_says_its_sources_and_its_digests() -> None:
    for kind in KINDS:
        for made in papers(KNOWN, kind).values():
            assert table(made, "sources").rows
            assert table(made, "basis").rows
    basis = {row[0]: row[1] for row in texts(OPS, "basis")}
    assert basis["月结数据摘要"] == KNOWN.digest == OPS.facts
    assert basis["使用率统计口径摘要"] == october().policy_digest
    assert basis["规则集摘要"] == "sha256:" + "0" * 64
    assert texts(OPS, "sources") == [("资源分配台账", "—"), ("监控系统（Prometheus）", "97.8%")]


def test_the_code_is_the_contents() -> None:
    other = around_october(changed={"coverage": 0.5})
    assert the_paper(other, "ops").code != OPS.code == code_of(OPS.digest)
    assert the_paper(around_october(), "ops").digest == OPS.digest


def test_nobody_is_to_have_a_report_of_a_unit_that_has_nothing_there() -> None:
    with pytest.raises(NoSuchReport, match="nothing for --provider provider-a --unit education; there is: provider-a"):
        issues(KNOWN, "provider", "provider-a", "education")


def test_how_far_each_unit_has_come_into_the_cloud() -> None:
    asked = {"unit": "health", "name_zh": "医学影像存储", "reason": "线路不足", "wanted_until": "2028-06-30"}
    review = {
        "exception": "imaging",
        "experts": 5,
        "reviewed_on": "2026-08-18",
        "conclusion": "confirmed",
        "valid_until": "2028-06-30",
    }
    extra = (
        filed("ExceptionRequest", "imaging", asked, on="2026-07-20"),
        filed("ExceptionRequest", "imaging-2", asked, on="2026-07-21"),
        filed("ExpertReview", "imaging-review", review, on="2026-08-18"),
    )
    rows = {row[0]: row[1:] for row in texts(the_paper(around_october(extra), "ops"), "progress")}
    assert rows["区卫生健康委员会"] == ("2", "0", "1", "66.7%")
    assert rows["区民政局"] == ("1", "1", "0", "100.0%")


def test_what_was_agreed_of_yearly_plans_is_summed_and_nothing_else() -> None:
    def item(name: str, vcpu: int) -> dict[str, object]:
        need = {"zone": "extranet", "amount": {"vcpu": vcpu, "memory_gib": 8}}
        return {"item": name, "name_zh": "校车", "wish": "new", "mlps_grade": 2, "needs": [need], "reason": "新建"}

    plan = {"unit": "education", "year": 2027, "items": [item("bus", 12), item("cards", 4), item("late", 100)]}
    results = [("bus", "approved"), ("cards", "approved"), ("late", "deferred")]
    decision = {
        "plan": "plan-2027",
        "items": [{"item": name, "result": result} for name, result in results],
        "decided_on": "2026-08-20",
    }
    extra = (
        filed("YearlyPlan", "plan-2027", plan, on="2026-07-24"),
        filed("PlanDecision", "plan-2027-decision", decision, on="2026-08-20"),
    )
    told = texts(the_paper(around_october(extra), "ops"), "demand")
    assert told == [("2027", "区教育局", "政务外网区", "2", "16", "16", "0", "0", "0", "0")]
    assert texts(OPS, "demand") == []


def test_the_circular_tells_a_unit_what_checks_found_at_its_own_systems() -> None:
    assert texts(the_paper(KNOWN, "usage-circular", unit="haitang"), "findings") == texts(OPS, "findings")
    assert texts(the_paper(KNOWN, "usage-circular", unit="health"), "findings") == []


def test_bands_and_advice_are_explained_by_the_policy_that_the_month_was_closed_by() -> None:
    told = table(the_paper(KNOWN, "usage-circular"), "bands").note
    assert "闲置为月末14日中至少10日的CPU日均不高于5%且网络流量每日不高于5MB" in told
    assert "紧张为CPU月均高于50%或内存月均高于70%；偏低为CPU月均低于30%且内存月均低于40%" in told
    assert "样本不足30小时或采集覆盖率低于90%的为数据不足" in told
    assert "降配：连续3个月CPU月均低于15%、P95低于30%，且内存的P95低于40%" in table(PROVIDER, "advice").note
    gone = the_paper(replace(KNOWN, policy=None), "usage-circular")
    assert table(gone, "bands").note == "统计口径为utilisation-2；分档仅供参考，不自动改变资源。"
    assert table(gone, "advice").note == ""
    assert "紧张为高于85%；偏低为低于40%" in table(PROVIDER, "bucket-bands").note
    assert "连续3个月月结时使用率低于40%且限额未变。建议限额为使用率不高于70%" in table(PROVIDER, "storage-advice").note
    assert table(gone, "bucket-bands").note.startswith("云硬盘内已写入多少")
    assert table(gone, "storage-advice").note == ""


def test_buckets_are_judged_and_advised_on_as_the_facts_have_it() -> None:
    assert texts(PROVIDER, "storage-advice") == [
        (
            *("区民政局", "居家养老服务管理系统", "政务外网区", "objects", "扩容"),
            *("50", "65", "90.0%", "69.2%", "-15", "-1.20", "待确认"),
        ),
        (
            *("区政务服务办公室", "在线办事大厅", "政务外网区", "objects", "缩容"),
            *("2,048", "286", "9.8%", "69.9%", "1,762", "140.96", "待确认"),
        ),
    ]
    left = ("预防接种预约系统", "政务外网区", "objects", "缩容", "交付不足观察期")
    assert texts(PROVIDER, "storage-left-out") == [left]
    again = ("区民政局", "居家养老服务管理系统", "政务外网区", "objects", "扩容", "待确认", "0", "0.00")
    assert texts(PROVIDER, "storage-realised") == [again]
    kinds = {row[3] for name in ("advice", "left-out", "realised") for row in texts(PROVIDER, name)}
    assert kinds <= {"回收", "降配", "升配"}


def test_volumes_that_no_server_has_are_listed_with_why_their_keeping_should_end() -> None:
    whose = [("区民政局", "社会救助家庭经济状况核对系统", "政务外网区", f"db-{n}-data", "交接") for n in (1, 2)]
    yuan = [f"{float(a.saving_yuan_per_month or 0):,.2f}" for a in october().advice if a.kind == "release"]
    assert texts(PROVIDER, "kept-advice") == [
        (*one, "至少连续3个月末仍在保留", "500", money, "待确认") for one, money in zip(whose, yuan, strict=True)
    ]
    assert texts(PROVIDER, "kept-realised") == [(*one, "待确认", "0", "0.00") for one in whose]
    assert "保留期限已过，或未定期限且连续3个月末仍在保留" in table(PROVIDER, "kept-advice").note
    assert table(the_paper(replace(KNOWN, policy=None), "usage-circular"), "kept-advice").note == ""


@pytest.mark.parametrize(
    ("days_over", "told"), [(0, "保留期限于月末届满"), (1, "保留期限至月末已过1日"), (40, "保留期限至月末已过40日")]
)
def test_how_long_a_day_that_a_form_named_is_over_is_told_in_words(days_over: int, told: str) -> None:
    advice = tuple(
        replace(one, evidence={"kept_months": 1, "days_over": days_over}) if one.kind == "release" else one
        for one in october().advice
    )
    found = the_paper(around_october(changed={"advice": advice}), "provider", provider="provider-a")
    assert {row[5] for row in texts(found, "kept-advice")} == {told}


def test_a_bucket_of_which_no_store_tells_is_unknown_and_so_are_volumes() -> None:
    own = the_paper(KNOWN, "provider", provider="provider-a", unit="gov-service")
    assert texts(own, "buckets") == [
        ("咨询反馈平台", "互联网区", "objects", "100", "数据不足", "数据不足", "数据不足"),
        ("在线办事大厅", "政务外网区", "objects", "2,048", "200.0", "9.8%", "偏低"),
        ("在线办事大厅", "互联网区", "objects", "512", "300.0", "58.6%", "合理"),
    ]
    whole = [row[2:] for row in texts(OPS, "bucket-bands")]
    known = [r for r in october().resources if r.kind == "bucket"]
    assert sum(int(row[-1]) for row in whole) == len(known)
    assert sum(int(row[-2]) for row in whole) == sum(r.used_bytes is None for r in known) > 0
    assert "云平台无从得知，为数据不足" in table(OPS, "bucket-bands").note


def test_a_month_that_was_closed_without_marks_for_storage_has_no_tables_of_it() -> None:
    old = replace(KNOWN, policy=shipped()[0])
    names = {found.id for found in the_paper(old, "provider", provider="provider-a").tables()}
    assert "advice" in names
    assert not [name for name in names if name.startswith(("storage-", "bucket", "kept-"))]


def test_every_report_ends_with_its_party_its_day_and_who_else_has_it() -> None:
    told = {
        (i.kind, i.cut.provider, i.cut.unit): made.head for kind in KINDS for i, made in papers(KNOWN, kind).items()
    }
    assert {head.made_on for head in told.values()} == {"2026年11月3日"}
    units = "区民政局、区政务服务办公室、区卫生健康委员会（各得本单位部分）"
    assert told["provider", "provider-a", ""].copies == units
    assert told["provider", "provider-a", "health"].copies == "区网信办"
    assert "区教育局" in told["usage-circular", "", ""].copies
    assert {told[one].copies for one in (("ops", "", ""), ("usage-circular", "", "health"))} == {""}


def test_a_deadline_names_its_article_and_month_in_chinese() -> None:
    rows = {(row[0], row[2]): row[1] for row in texts(OPS, "overdue")}
    assert rows["运行维护报告", "甲云公司2026年5月"] == "第九条第（二）项"
    assert ("政务云使用计划", "区教育局2027年度") in rows
    assert not any("C-" in article or "/" in subject for (_, subject), article in rows.items())
