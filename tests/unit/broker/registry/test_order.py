from dataclasses import replace
from typing import Any

from broker.documents.records import Admitted
from broker.registry.order import places, rank
from broker.registry.read import read_commit
from broker.registry.records import append
from tests.fixtures import demo_district
from tests.unit.broker.registry.office import NOW, REQUEST, Office, approval, document

ASSIGNMENT = """{matter: r, assignee: provider, provider: provider-a, assigned_at: "2026-11-22T09:00:00+08:00",
  subnets: [{zone: extranet, cidr: 10.64.3.0/24}]}"""
RULES = "sha256:" + "1" * 64


def a_whole_case_in_one_commit(office: Office) -> None:
    """Named so that by path everything stands before what it needs."""
    office.write("cases/1-live.yaml", document("GoLive", "live", '{system: s, live_from: "2026-12-01"}'))
    office.write("cases/2-to-provider.yaml", document("Assignment", "to-provider", ASSIGNMENT))
    office.write("cases/3-approval.yaml", approval("r"))
    office.write("cases/4-request.yaml", document("OnboardingRequest", "r", REQUEST % "s", by="health-clerk"))
    office.write("platform/flavor.yaml", document("Flavor", "f", "{name: a, vcpu: 1, memory_gib: 1}"))
    office.commit()


def test_within_a_commit_what_others_stand_on_comes_first(office: Office) -> None:
    a_whole_case_in_one_commit(office)
    last = office.registry().filed[-5:]
    assert [filed.id for filed in last] == ["f", "r", "ry-2026-011", "to-provider", "live"]
    assert [filed.sequence for filed in last] == sorted({filed.sequence for filed in last})


AT: dict[str, str] = {"effective_at": "2026-11-20T09:00:00+08:00", "reason": "x"}
ORDERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("RectificationNotice", {"addressee": "urban-mgmt", "limit": "2026-11-19", "demand": "x"}),
    ("RectificationAcceptance", {"rectification": "n", "finder_agrees": True, "accepted_on": "2026-11-20"}),
    ("GoLive", {"system": "urban-v2", "live_from": "2026-12-01"}),
    ("SuspensionOrder", {"system": "urban-v2", "finding": "f", **AT}),
    ("HarmInterruptionOrder", {"request": "r", "act": "a", "systems": ["urban-v2"], **AT}),
    ("CompulsoryMeasureOrder", {"rectification": "n", "measure": "x", **AT}),
    ("ResumptionOrder", {"suspension": "s", **AT}),
    ("ServiceRestoration", {"order": "h", "effective_at": AT["effective_at"], "handled": "x"}),
)
"""Each after what it may stand on; named so that by path they stand the other way round."""


def test_of_one_date_an_order_comes_before_its_end_and_after_what_was_accepted() -> None:
    papers = [
        {
            "apiVersion": "govcloud/v1",
            "kind": kind,
            "metadata": {"id": f"paper-{9 - n}", "filed_on": "2026-11-20", "filed_by": "office-clerk"},
            "spec": spec,
        }
        for n, (kind, spec) in enumerate(ORDERS)
    ]
    filed = demo_district.registry(papers[::-1]).filed[-len(papers) :]
    in_order = sorted(filed, key=lambda one: rank(one.document, f"notices/{one.id}.yaml"))
    assert [one.kind for one in in_order] == [kind for kind, _ in ORDERS]


def test_within_a_commit_an_earlier_paper_comes_first(office: Office) -> None:
    late = document("OnboardingRequest", "a-late", REQUEST % "s", by="health-clerk")
    office.write("cases/a.yaml", late)
    office.write("cases/b.yaml", approval("a-late").replace("2026-11-20", "2026-11-19"))
    office.commit()
    assert [filed.id for filed in office.registry().filed[-2:]] == ["ry-2026-011", "a-late"]


def test_documents_that_were_judged_under_another_order_stay_where_they_were(office: Office) -> None:
    a_whole_case_in_one_commit(office)
    by_path = sorted(office.registry().filed[-5:], key=lambda filed: filed.path)
    before = office.registry().filed[-5].sequence
    judged = [replace(filed, sequence=before + n) for n, filed in enumerate(by_path) if filed.id != "f"]
    records = [
        Admitted(
            document=f.digest, id=f.id, commit=f.commit, sequence=f.sequence, as_of=NOW, rule_set=RULES, admitted=True
        )
        for f in judged
    ]
    append(office.root, records, office.key("broker"), NOW)
    found = read_commit(office.root, "main", cached=False).filed[-5:]
    assert [filed.id for filed in found] == ["live", "to-provider", "ry-2026-011", "r", "f"]
    assert [filed.sequence for filed in found[:4]] == [filed.sequence for filed in judged]


def test_every_item_gets_a_place_of_its_own_whatever_was_recorded() -> None:
    assert places(["a", "b", "c"], [4, 5, 6, 7], {"c": 4, "b": 4, "a": 99}) == {"b": 4, "a": 5, "c": 6}
