"""The acceptance checks of the cloud measures through the command line on real files: docs/acceptance.md lists them."""

import json
import re
import shutil
from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.fixtures.counter import Counter, Said, broker
from tests.fixtures.demo_district import EXAMPLES, at
from tests.fixtures.ledger import ledger_database, ledger_dsn, ledger_server, ledger_template
from tools.demo.history import History
from tools.pulumi_cli import ensure

__all__ = ["ledger_database", "ledger_dsn", "ledger_server", "ledger_template"]

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "acceptance.md"
CASES = ROOT / "tests" / "cases"
ASKED = [*range(1, 27), 28, 38, 39, 40]
ROW = re.compile(r"^\| (\d+) \|[^|]*\|(.*)\|$", re.MULTILINE)
TRIED_BY = {int(number): re.findall(r"`([^`]+)`", tests) for number, tests in ROW.findall(PAGE.read_text("utf-8"))}
NAMES = sorted({name for names in TRIED_BY.values() for name in names if not name.startswith("tests/")})
NOW = "2026-11-23T12:00"
ZONES = {"internet": IPv4Network("10.144.0.0/12"), "extranet": IPv4Network("10.128.0.0/12")}


def case_of(name: str) -> dict[str, Any]:
    case: dict[str, Any] = yaml.safe_load((CASES / f"{name}.yaml").read_text(encoding="utf-8"))
    return case


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory, ledger_dsn: str) -> Counter:
    ensure()
    days = {str(case_of(name)["as_of"])[:10] for name in NAMES}
    return Counter(tmp_path_factory.mktemp("counter"), ledger_dsn, days)


def answered(counter: Counter, name: str) -> Said:
    case = case_of(name)
    counter.lay(case["as_of"], *case.get("before", ()), case["file"])
    return counter.plan(case["as_of"])


def test_every_check_that_is_asked_for_is_tried_and_every_test_that_is_named_is_there() -> None:
    assert sorted(TRIED_BY) == ASKED
    assert all(TRIED_BY.values())
    for name in (name for names in TRIED_BY.values() for name in names):
        path, _, function = name.partition("::")
        if function:
            assert f"def {function}(" in (ROOT / path).read_text(encoding="utf-8"), name
        else:
            assert (CASES / f"{name}.yaml").exists(), name


@pytest.mark.parametrize("name", NAMES)
def test_a_case_gets_its_answer_from_the_command_line(counter: Counter, name: str) -> None:
    expected, said = case_of(name)["expect"], answered(counter, name)
    answer = said.answer(case_of(name)["file"]["metadata"]["id"])
    assert answer["admitted"] is expected["admitted"], answer
    assert {reason["code"] for reason in answer["reasons"]} == set(expected["codes"]), answer
    for fact in expected.get("facts", ()):
        assert any(fact in reason["fact"] for reason in answer["reasons"]), answer
    for reason in answer["reasons"]:
        assert re.fullmatch(r"[CS]-\d+.*", reason["article"])
        assert reason["fact"]
        assert reason["cure"]


@pytest.mark.parametrize(
    ("name", "basis"),
    [
        ("decide/STATE_SECRET/declared-secret", "STATE_SECRET(S-30)"),
        ("decide/MLPS_GRADE_TOO_HIGH/grade-four-on-a-platform-of-three", "MLPS_GRADE_TOO_HIGH(C-2)"),
    ],
)
def test_a_secret_and_a_fourth_grade_system_are_told_that_article_5_frees_them(
    counter: Counter, name: str, basis: str
) -> None:
    answered(counter, name)
    told = broker("plan", "--home", counter.home, "--as-of", NOW).out
    (line,) = [line for line in told.splitlines() if basis in line]
    assert "第五条免除" in line


def test_a_layout_without_a_zone_is_told_with_file_and_field(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES, tmp_path / "registry")
    path = tmp_path / "registry" / "cases" / "2026" / "013-elderly-care" / "request.yaml"
    path.write_text(
        path.read_text("utf-8").replace("  - zone: extranet\n    tiers:", "  - tiers:", 1), encoding="utf-8"
    )
    said = broker("check", tmp_path / "registry", "--format", "json")
    assert said.code == 1
    told = {(p["place"]["path"], p["place"]["field"]): p for p in said.json}
    assert told["cases/2026/013-elderly-care/request.yaml", "spec.zones[0].zone"]["severity"] == "refused"


def test_every_planned_rule_between_the_zones_is_an_approved_flow(counter: Counter, tmp_path: Path) -> None:
    counter.lay(NOW)
    said = broker("plan", "--home", counter.home, "--as-of", NOW, "--specs", tmp_path / "specs")
    assert said.code == 0, said.out
    approved = set(_interzone_flows(counter.registry))
    planned = set()
    for path in (tmp_path / "specs").glob("*.json"):
        spec = json.loads(path.read_text(encoding="utf-8"))
        other = ZONES["extranet" if spec["zone"] == "internet" else "internet"]
        rules = (rule for tier in spec["tiers"] for rule in tier["rules"])
        planned |= {
            (spec["system"], rule["flow"], rule["port_min"])
            for rule in rules
            if IPv4Network(rule["remote_cidr"]).prefixlen and IPv4Network(rule["remote_cidr"]).overlaps(other)
        }
    assert planned == approved
    assert ("online-hall", "online-hall/web-app", 8443) in approved


def _interzone_flows(registry: Path) -> Iterator[tuple[str, str, int]]:
    """System, flow and port of what the filed requests of live systems ask between the zones, read as plain YAML."""
    for path in sorted((registry / "cases").rglob("*.yaml")):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        for flow in document["spec"].get("flows", ()):
            ends = {flow["source"].get("zone"), flow["target"].get("zone")}
            if ends == {"internet", "extranet"}:
                yield document["spec"]["system"], f"{document['spec']['system']}/{flow['id']}", flow["port"]


def _filed(kind: str, name: str, day: str, spec: dict[str, Any], *, by: str) -> dict[str, Any]:
    metadata = {"id": name, "filed_on": day, "filed_by": by}
    return {"apiVersion": "govcloud/v1", "kind": kind, "metadata": metadata, "spec": spec}


def _clocks(registry: Path, as_of: str) -> dict[tuple[str, str], dict[str, str]]:
    said = broker("clocks", registry, "--as-of", as_of, "--all", "--json")
    assert said.code == 0, said.out
    told = [json.loads(line) for line in said.out.splitlines()]
    return {(clock["clock"], clock["subject"]): clock for clock in told}


def _put(registry: Path, document: dict[str, Any]) -> None:
    path = registry / "cases" / "acceptance" / f"{document['metadata']['id']}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")


def test_a_plan_of_31_july_is_timely_and_of_1_august_late(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES, tmp_path / "registry")
    for unit, day in (("health", "2026-07-31"), ("education", "2026-08-01")):
        need = {"zone": "extranet", "amount": {"vcpu": 2}}
        item = {"item": f"plan-2027-{unit}", "name_zh": "系统", "wish": "new", "mlps_grade": 2, "needs": [need]}
        spec = {"unit": unit, "year": 2027, "items": [item | {"reason": "业务需要"}]}
        _put(tmp_path / "registry", _filed("YearlyPlan", f"plan-{unit}", day, spec, by=f"{unit}-clerk"))
    told = _clocks(tmp_path / "registry", "2026-12-31")
    assert told["yearly-plan", "health/2027"]["state"] == "met"
    assert told["yearly-plan", "education/2027"]["state"] == "late"
    assert told["yearly-plan", "haitang/2027"]["state"] == "overdue"


@pytest.mark.parametrize(
    ("clock", "case", "assigned", "last_day"),
    [
        ("test-resources", "cases/2026/013-elderly-care", "2026-02-13", "2026-02-24"),
        ("change", "cases/2026/d-04-urban-v2-scale-down", "2026-05-07", "2026-05-09"),
        ("exit", "cases/2026/d-05-urban-v1-exit", "2026-09-29", "2026-10-08"),
    ],
)
def test_a_deadline_counts_working_days_make_up_days_and_holidays(
    tmp_path: Path, clock: str, case: str, assigned: str, last_day: str
) -> None:
    registry = tmp_path / "registry"
    shutil.copytree(EXAMPLES, registry)
    for path in (registry / case).glob("*.yaml"):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        document["metadata"]["filed_on"] = assigned
        document["spec"].pop("not_before", None)
        if "assigned_at" in document["spec"]:
            document["spec"]["assigned_at"] = f"{assigned}T10:00:00+08:00"
        if document["kind"] == "ServiceIntentForm" and "last_day" in document["spec"]["intent"]:
            document["spec"]["intent"]["last_day"] = assigned
        path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    matters = [subject for name, subject in _clocks(registry, "2026-12-31") if name == clock]
    told = {s: _clocks(registry, "2026-12-31")[clock, s]["last_day"] for s in matters}
    assert last_day in told.values(), told


def test_without_an_approval_no_stack_is_planned(counter: Counter) -> None:
    said = answered(counter, "decide/NO_APPROVAL/assigned-without-approval")
    assert not any(stack.startswith("park-patrol.") for stack in said.stacks)
    assert any(stack.startswith("online-hall.") for stack in said.stacks)


def test_an_interruption_for_harm_stops_the_stacks_until_service_is_restored(counter: Counter, tmp_path: Path) -> None:
    for name, power in (
        ("interruption-of-a-live-system", "stopped"),
        ("restoration-of-an-interrupted-system", "running"),
    ):
        answered(counter, f"decide/STEP_NOT_POSSIBLE/{name}")
        spec = _spec(counter, "vaccination-booking.internet.provider-a", tmp_path / name)
        assert (name, spec["power"]) == (name, power)


def test_a_compulsory_measure_stops_the_stacks_and_its_resumption_starts_them(counter: Counter, tmp_path: Path) -> None:
    for name, power in (
        ("STEP_NOT_POSSIBLE/measure-stops-a-live-system", "stopped"),
        ("NOT_RECTIFIED/end-of-a-stop-before-the-acceptance", "stopped"),
        ("NOT_RECTIFIED/end-of-a-stop-after-the-acceptance", "running"),
    ):
        answered(counter, f"decide/{name}")
        spec = _spec(counter, "urban-v2.extranet.provider-b", tmp_path / name.rsplit("/", 1)[-1])
        assert (name, spec["power"]) == (name, power)


def test_closed_public_access_keeps_the_machines_running(counter: Counter, tmp_path: Path) -> None:
    answered(counter, "acceptance/measure-closes-public-access")
    spec = _spec(counter, "online-hall.internet.provider-a", tmp_path)
    assert spec["power"] == "running"
    assert spec["public_addresses"]
    assert not any(address["attached"] for address in spec["public_addresses"])


def test_a_suspension_stops_machines_and_keeps_every_volume(counter: Counter, tmp_path: Path) -> None:
    counter.lay(NOW)
    spec = _spec(counter, "haitang-site.internet.provider-b", tmp_path)
    assert spec["power"] == "stopped"
    assert [volume["name"] for tier in spec["tiers"] for server in tier["servers"] for volume in server["volumes"]]
    assert spec["buckets"]
    assert not any(address["attached"] for address in spec["public_addresses"])


def _spec(counter: Counter, stack: str, folder: Path) -> dict[str, Any]:
    said = broker("plan", "--home", counter.home, "--as-of", NOW, "--stack", stack, "--specs", folder)
    assert said.code == 0, said.out
    spec: dict[str, Any] = json.loads((folder / f"{stack}.json").read_text(encoding="utf-8"))
    return spec


def test_the_systems_of_a_provider_whose_right_was_revoked_are_listed(counter: Counter) -> None:
    said = answered(counter, "decide/PROVIDER_NOT_ACTIVE/revoked")
    before = [paper for paper in case_of("decide/PROVIDER_NOT_ACTIVE/revoked")["before"] if paper["kind"] == "Provider"]
    assert [paper["spec"]["status"] for paper in before] == ["revoked"]
    gone = before[0]["metadata"].get("supersedes", before[0]["metadata"]["id"])
    listed = {one["system"] for one in said.json["to_move"]}
    assert {one["provider"] for one in said.json["to_move"]} == {gone}
    assert listed == {stack.split(".")[0] for stack in said.stacks if stack.endswith(f".{gone}")}
    told = broker("plan", "--home", counter.home, "--as-of", NOW).out
    assert all(f"to move  {system}: the right of {gone} to serve was revoked (C-29)" in told for system in listed)


def test_a_refused_entry_is_in_the_audit_log_with_who_when_and_why(tmp_path: Path, ledger_database: str) -> None:
    ensure()
    home, as_of = tmp_path / "home", "2026-05-31T12:00"
    history = History(home / "registry", home / "keys", EXAMPLES)
    history.advance(at(as_of))
    spec = {"system": "online-hall", "operator": "a-ops-07", "access": ["console"], "purpose": "排查故障"}
    spec |= {"entered_at": "2026-05-31T09:00:00+08:00", "left_at": "2026-05-31T10:00:00+08:00"}
    entry = _filed("Entry", "entry-1", as_of[:10], spec, by="provider-a-operator")
    history.file_paper("cases/2026/entry/entry.yaml", yaml.safe_dump(entry, allow_unicode=True), at(as_of))
    settings = f'trust_root = "{history.trust_root}"\ndsn = "{ledger_database}"\n'
    (home / "broker.toml").write_text(settings, encoding="utf-8")
    assert broker("reconcile", "--enqueue", "--home", home, "--as-of", as_of).code == 0
    assert broker("audit", "export", tmp_path / "log", "--home", home).code == 0
    entries = [json.loads(line) for line in (tmp_path / "log" / "entries.jsonl").read_text("utf-8").splitlines()]
    (refused,) = [e for e in entries if e["action"] == "refuse" and e["body"]["id"] == "entry-1"]
    assert refused["actor"]
    assert refused["role"] == "broker"
    assert refused["at"].startswith("2026-05-31T")
    assert refused["request"].startswith("sha256:")
    assert "OPERATOR_NOT_APPROVED" in refused["body"]["reasons"]
    assert refused["body"]["filed_by"] == "provider-a-operator"
