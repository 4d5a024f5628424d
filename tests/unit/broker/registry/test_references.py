import pytest

from tests.unit.broker.registry.office import REQUEST, Office, approval, codes, document

QUOTA = '{unit: health, zone: extranet, amount: {vcpu: 64}, valid_from: "2026-01-05", reason: 核定}'
FORM = "{system: booking, unit: %s, reason: 扩容, intent: {purpose: exit, last_day: 2026-12-01, data_wanted: 全部}}"
EXIT = FORM % "health"
SUBNET = """{matter: %s, assignee: provider, provider: provider-a, subnets: [{zone: extranet, cidr: %s}],
  assigned_at: "2026-11-22T10:00:00+08:00"}"""
HASH = "sha256:" + "0" * 64


@pytest.fixture
def busy(office: Office) -> Office:
    """The office with two requests of the health commission."""
    for system in ("booking", "archive"):
        text = document("OnboardingRequest", f"{system}-request", REQUEST % system, by="health-clerk")
        office.write(f"cases/2026/{system}.yaml", text)
    office.commit()
    return office


def refused(office: Office, *texts: str) -> list[tuple[str, str]]:
    """Code and field of every problem once these documents are filed, in the order of paths."""
    for n, text in enumerate(texts):
        kind = text.split("kind: ")[1].split("\n")[0]
        folder = {"Unit": "organisations", "Person": "organisations", "UnitQuota": "quotas"}.get(kind, "cases")
        folder = "platform" if kind in {"Zone", "AddressPool", "Cloud", "Flavor", "Platform"} else folder
        office.write(f"{folder}/new-{n}.yaml", text)
    office.commit()
    return [(problem.code, problem.place.field) for problem in office.registry().problems]


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (document("UnitQuota", "q", QUOTA, by="nobody"), "metadata.filed_by"),
        (document("UnitQuota", "q", QUOTA.replace("health", "none")), "spec.unit"),
        (document("UnitQuota", "q", QUOTA.replace("extranet", "internet")), "spec.zone"),
        (document("UnitQuota", "q", QUOTA, more=", supersedes: none"), "metadata.supersedes"),
        (document("UnitQuota", "q", QUOTA, more=", withdraws: none"), "metadata.withdraws"),
        (
            document("Person", "p", "{organisation: none, roles: [{role: unit, valid_from: 2026-01-01}]}"),
            "spec.organisation",
        ),
        (approval("none"), "spec.requests[0]"),
        (approval("health"), "spec.requests[0]"),
        (document("ServiceIntentForm", "f", EXIT.replace("booking", "none"), by="health-clerk"), "spec.system"),
        (document("IntentDecision", "d", "{form: none, decision: approved, decided_on: 2026-11-22}"), "spec.form"),
        (document("Assignment", "a", SUBNET % ("none", "10.64.1.0/24")), "spec.matter"),
        (document("GoLive", "g", "{system: none, live_from: 2026-11-22}"), "spec.system"),
    ],
)
def test_a_reference_to_nothing_is_refused_with_its_field(busy: Office, text: str, field: str) -> None:
    assert refused(busy, text) == [("REFERENCE_UNKNOWN", field)]


def test_an_unknown_name_is_answered_with_names_that_are_alike(busy: Office) -> None:
    refused(busy, document("GoLive", "g", "{system: bokking, live_from: 2026-11-22}"))
    assert "there is no system bokking" in busy.registry().problems[0].fact


def test_a_document_cannot_refer_to_one_that_comes_in_a_later_commit(office: Office) -> None:
    office.write("cases/a.yaml", approval("r"))
    office.commit()
    office.write("cases/r.yaml", document("OnboardingRequest", "r", REQUEST % "s", by="health-clerk"))
    office.commit()
    (problem,) = office.registry().problems
    assert (problem.code, "later" in problem.fact) == ("REFERENCE_UNKNOWN", True)


def test_documents_of_one_commit_may_refer_to_one_another(office: Office) -> None:
    office.write("cases/a.yaml", approval("r"))
    office.write("cases/z.yaml", document("OnboardingRequest", "r", REQUEST % "s", by="health-clerk"))
    office.commit()
    assert office.registry().problems == ()


def test_what_refers_to_a_refused_document_is_refused_and_says_so(office: Office) -> None:
    office.write(
        "cases/r.yaml", document("OnboardingRequest", "r", REQUEST % "s", by="health-clerk").replace("low", "none")
    )
    office.write("cases/a.yaml", approval("r"))
    office.commit()
    registry = office.registry()
    assert ("cases/a.yaml", "REFERENCE_REFUSED") in [(p.place.path, p.code) for p in registry.problems]
    assert registry.get("ry-2026-011") is None


def test_the_second_document_with_an_id_is_refused_and_the_first_stays(office: Office) -> None:
    office.write("organisations/a-copy.yaml", document("Unit", "health", "{name_zh: 另一个, unit_kind: other}"))
    office.commit()
    registry = office.registry()
    assert [(p.code, p.place.path) for p in registry.problems] == [("ID_TWICE", "organisations/a-copy.yaml")]
    health = registry.get("health")
    assert health is not None
    assert health.path == "organisations/health.yaml"


def test_two_documents_that_take_the_place_of_each_other_are_a_cycle(office: Office) -> None:
    first = document("UnitQuota", "q-a", QUOTA, more=", supersedes: q-b")
    second = document("UnitQuota", "q-b", QUOTA, more=", supersedes: q-a")
    assert ("CYCLE", "metadata.supersedes") in refused(office, first, second)
    assert [filed.id for filed in office.registry().filed if filed.kind == "UnitQuota"] == []


def test_a_document_that_supersedes_itself_is_a_cycle(office: Office) -> None:
    assert refused(office, document("UnitQuota", "q", QUOTA, more=", supersedes: q")) == [
        ("CYCLE", "metadata.supersedes")
    ]


def test_a_document_supersedes_only_its_own_kind_about_the_same_thing(office: Office) -> None:
    office.write("quotas/q.yaml", document("UnitQuota", "q", QUOTA))
    office.commit()
    other = document("UnitQuota", "q-2", QUOTA.replace("health", "education"), more=", supersedes: q")
    kind = document("Flavor", "f", "{name: f, vcpu: 1, memory_gib: 1}", more=", supersedes: q")
    assert refused(office, other, kind) == [("SUPERSEDES_OTHER", "metadata.supersedes")] * 2


def test_a_document_is_superseded_once(office: Office) -> None:
    office.write("quotas/q.yaml", document("UnitQuota", "q", QUOTA))
    office.commit()
    rivals = [document("UnitQuota", f"q-{n}", QUOTA, more=", supersedes: q") for n in (2, 3)]
    assert refused(office, *rivals) == [("SUPERSEDED_TWICE", "metadata.supersedes")]


def test_a_unit_cannot_withdraw_what_the_office_decided(busy: Office) -> None:
    busy.write("cases/a.yaml", approval("booking-request"))
    busy.commit()
    form = document("ServiceIntentForm", "f", EXIT, by="health-clerk", more=", withdraws: ry-2026-011")
    assert refused(busy, form) == [("WITHDRAWAL_NOT_ALLOWED", "metadata.withdraws")]


@pytest.mark.parametrize(
    "twin",
    [
        document("UnitQuota", "q-2", QUOTA),
        document("Zone", "z-2", "{zone: extranet, name_zh: 又一个, public_addresses: false}"),
        document("OnboardingRequest", "r-2", REQUEST % "booking", by="health-clerk"),
        approval("booking-request", name="ry-2", number="RY-2026-012"),
        approval("archive-request", name="ry-2"),
    ],
)
def test_two_documents_for_one_thing_are_refused(busy: Office, twin: str) -> None:
    busy.write("quotas/q.yaml", document("UnitQuota", "q", QUOTA))
    busy.write("cases/a.yaml", approval("booking-request"))
    busy.commit()
    assert [code for code, _ in refused(busy, twin)] == ["THING_TWICE"]


def test_a_quota_from_another_day_is_another_thing(office: Office) -> None:
    later = document("UnitQuota", "q-2", QUOTA.replace("2026-01-05", "2027-01-01"))
    assert refused(office, document("UnitQuota", "q", QUOTA), later) == []


def test_a_thing_is_named_by_the_first_document_of_its_line(office: Office) -> None:
    new = document("Unit", "health-2027", "{name_zh: 区卫健委, unit_kind: administrative}", more=", supersedes: health")
    office.write("organisations/new.yaml", new)
    office.commit()
    assert refused(office, document("UnitQuota", "q", QUOTA)) == []
    office.git("reset", "-q", "--hard", "HEAD~1")
    assert refused(office, document("UnitQuota", "q", QUOTA.replace("health", "health-2027"))) == [
        ("REFERENCE_UNKNOWN", "spec.unit")
    ]


def test_only_a_person_of_the_unit_files_for_it(busy: Office) -> None:
    strange = document("ServiceIntentForm", "f", EXIT, by="education-clerk")
    assert refused(busy, strange) == [("FILER_NOT_ENTITLED", "metadata.filed_by")]


def test_a_person_who_moved_files_for_the_new_unit_only(busy: Office) -> None:
    held = "{organisation: education, roles: [{role: unit, valid_from: 2026-01-01}]}"
    busy.write("organisations/m.yaml", document("Person", "health-clerk-2", held, more=", supersedes: health-clerk"))
    busy.commit()
    old = document("ServiceIntentForm", "f", EXIT, by="health-clerk")
    new = document("OnboardingRequest", "n", (REQUEST % "new").replace("health", "education"), by="health-clerk")
    assert refused(busy, old, new) == [("FILER_NOT_ENTITLED", "metadata.filed_by")]


def test_a_unit_files_no_form_for_the_system_of_another(busy: Office) -> None:
    strange = document("ServiceIntentForm", "f", FORM % "education", by="education-clerk")
    assert refused(busy, strange) == [("FILER_NOT_ENTITLED", "spec.system")]


def test_a_person_has_only_roles_of_his_organisation(office: Office) -> None:
    spec = "{organisation: health, roles: [{role: cloud_office, valid_from: 2026-01-01}]}"
    assert refused(office, document("Person", "p", spec)) == [("ROLE_NOT_OF_ORGANISATION", "spec.roles[0].role")]


@pytest.mark.parametrize(
    ("cidr", "code"),
    [
        ("10.64.1.0/24", "ADDRESS_OVERLAP"),
        ("10.64.0.0/17", "ADDRESS_OVERLAP"),
        ("10.64.1.128/25", "ADDRESS_OVERLAP"),
        ("10.65.0.0/24", "ADDRESS_OUTSIDE_POOL"),
        ("10.64.2.1/24", "FIELD_VALUE"),
        ("10.64.999.0/24", "FIELD_VALUE"),
    ],
)
def test_a_subnet_that_is_taken_or_outside_the_pool_is_refused(busy: Office, cidr: str, code: str) -> None:
    busy.write("cases/a.yaml", document("Assignment", "a", SUBNET % ("booking-request", "10.64.1.0/24")))
    busy.commit()
    second = document("Assignment", "b", SUBNET % ("archive-request", cidr))
    assert refused(busy, second) == [(code, "spec.subnets[0].cidr")]
    assert busy.registry().get("a") is not None


def test_the_subnet_of_a_system_that_handed_over_is_free_again(busy: Office) -> None:
    busy.write("cases/a.yaml", document("Assignment", "a", SUBNET % ("booking-request", "10.64.1.0/24")))
    busy.write("cases/f.yaml", document("ServiceIntentForm", "f", EXIT, by="health-clerk"))
    item = f"{{zone: extranet, kind: volume, name: v, content_digest: '{HASH}', size_bytes: 1}}"
    receipt = f"{{form: f, system: booking, items: [{item}], wipe: true}}"
    busy.write("cases/h.yaml", document("HandOver", "h", receipt, by="health-clerk"))
    busy.commit()
    assert refused(busy, document("Assignment", "b", SUBNET % ("archive-request", "10.64.1.0/24"))) == []


def test_pools_do_not_overlap_whatever_their_zone(office: Office) -> None:
    zone = document("Zone", "z-2", "{zone: internet, name_zh: 互联网区, public_addresses: true}")
    pool = document("AddressPool", "p-2", "{zone: internet, cidr: 10.64.128.0/17}")
    assert refused(office, zone, pool) == [("ADDRESS_OVERLAP", "spec.cidr")]


def test_a_pool_holds_at_least_one_subnet(office: Office) -> None:
    pool = document("AddressPool", "p-2", "{zone: extranet, cidr: 10.70.0.0/28, subnet_prefix: 24}")
    assert refused(office, pool) == [("OUT_OF_RANGE", "spec.cidr")]


def test_every_problem_of_a_commit_is_told_at_once(busy: Office) -> None:
    found = refused(
        busy,
        document("UnitQuota", "q", QUOTA.replace("health", "none"), by="nobody"),
        document("GoLive", "g", "{system: none, live_from: 2026-02-30}"),
        "kind: [",
    )
    assert len(found) == 4  # two references, a day that does not exist, a file that is no YAML
    assert "NOT_YAML" in codes(busy.registry())
