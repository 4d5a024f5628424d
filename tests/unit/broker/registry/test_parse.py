from pathlib import Path

import pytest

from broker.canonical import Json, digest
from broker.problem import Problem
from broker.registry.parse import Parsed, Refused, parse

VALID = Path(__file__).parents[3] / "cases" / "registry" / "valid"


def faults(text: str, path: str = "cases/x.yaml") -> tuple[Problem, ...]:
    result = parse(text.encode(), path)
    assert isinstance(result, Refused)
    return result.problems


def damaged(kind: str, old: str, new: str) -> str:
    text = (VALID / f"{kind}.yaml").read_text()
    assert old in text
    return text.replace(old, new, 1)


def test_the_digest_is_of_the_yaml_as_parsed_and_not_of_its_layout() -> None:
    text = (VALID / "Flavor.yaml").read_text()
    first = parse(text.encode(), "platform/x.yaml")
    second = parse(("# a comment\n" + text.replace("vcpu: 4", "vcpu:   4")).encode(), "platform/y.yaml")
    assert isinstance(first, Parsed)
    assert isinstance(second, Parsed)
    assert first.digest == second.digest


def test_a_default_that_is_left_out_is_no_part_of_the_digest() -> None:
    with_default = parse((VALID / "Image.yaml").read_bytes(), "platform/x.yaml")
    without = parse(damaged("Image", "  cpu_arch: x86_64\n", "").encode(), "platform/x.yaml")
    assert isinstance(with_default, Parsed)
    assert isinstance(without, Parsed)
    assert with_default.document == without.document
    assert with_default.digest != without.digest


def test_the_digest_is_that_of_the_values() -> None:
    parsed = parse((VALID / "Flavor.yaml").read_bytes(), "platform/x.yaml")
    assert isinstance(parsed, Parsed)
    metadata: Json = {"id": "flavor-g-4c8g", "filed_on": "2026-01-05", "filed_by": "office-clerk"}
    spec: Json = {"name": "g.4c8g", "vcpu": 4, "memory_gib": 8}
    raw = {"apiVersion": "govcloud/v1", "kind": "Flavor", "metadata": metadata, "spec": spec}
    assert parsed.digest == digest(raw)


@pytest.mark.parametrize(
    ("kind", "old", "new", "code", "field"),
    [
        ("OnboardingRequest", "count: 2", 'count: "2"', "FIELD_TYPE", "spec.zones[0].tiers[0].count"),
        ("OnboardingRequest", "count: 2", "count: 1000000000000", "OUT_OF_RANGE", "spec.zones[0].tiers[0].count"),
        ("OnboardingRequest", "count: 2", "count: -1", "OUT_OF_RANGE", "spec.zones[0].tiers[0].count"),
        ("OnboardingRequest", "  state_secret: false\n", "", "FIELD_MISSING", "spec.state_secret"),
        ("OnboardingRequest", "  importance:", "  extra: 1\n  importance:", "FIELD_UNKNOWN", "spec.extra"),
        ("OnboardingRequest", "kind: extranet_users", "kind: users", "FIELD_VALUE", "spec.flows[1].source"),
        ("OnboardingRequest", "tier: web}", "tier: 9}", "FIELD_TYPE", "spec.flows[0].target.tier"),
        (
            "OnboardingRequest",
            "{kind: tier, zone: internet",
            "{kind: tier, zone: 5",
            "FIELD_VALUE",
            "spec.flows[0].target.zone",
        ),
        ("ServiceIntentForm", "count: 3", "count: true", "FIELD_TYPE", "spec.intent.changes[0].count"),
        ("ServiceIntentForm", "T20:00:00+08:00", "T20:00:00", "FIELD_VALUE", "spec.not_before"),
        ("GoLive", 'filed_on: "2026-05-30"', 'filed_on: "2026-02-30"', "FIELD_TYPE", "metadata.filed_on"),
        ("GoLive", 'live_from: "2026-05-30"', 'live_from: "1780272000"', "FIELD_TYPE", "spec.live_from"),
        ("GoLive", "id: vaccination-booking-live", "id: Vaccination", "FIELD_VALUE", "metadata.id"),
        ("GoLive", "apiVersion: govcloud/v1", "apiVersion: govcloud/v2", "FIELD_VALUE", "apiVersion"),
    ],
)
def test_a_fault_names_code_and_field(kind: str, old: str, new: str, code: str, field: str) -> None:
    (problem,) = faults(damaged(kind, old, new))
    assert (problem.code, problem.place.field) == (code, field)
    assert problem.place.line > 0
    assert problem.cure


def test_an_unknown_kind_names_the_kinds_there_are() -> None:
    (problem,) = faults("apiVersion: govcloud/v1\nkind: Request\n")
    assert (problem.code, problem.place.line) == ("KIND_UNKNOWN", 2)
    assert "OnboardingRequest" in problem.cure


def test_a_document_in_another_kinds_folder_is_refused() -> None:
    assert [p.code for p in faults((VALID / "Flavor.yaml").read_text(), "cases/x.yaml")] == ["WRONG_FOLDER"]


def test_faults_of_yaml_and_of_the_form_are_told_together() -> None:
    text = damaged("GoLive", "spec:\n", "spec:\n  system: other\n  live: 3\n")
    assert sorted(problem.code for problem in faults(text)) == ["FIELD_UNKNOWN", "KEY_TWICE"]


def test_a_refused_file_still_tells_its_id() -> None:
    result = parse(damaged("GoLive", "live_from", "life_from").encode(), "cases/x.yaml")
    assert isinstance(result, Refused)
    assert result.id == "vaccination-booking-live"


@pytest.mark.parametrize("text", ["[]", "text", "null", "kind: [a]", "metadata: 7\nkind: Unit\n", "{}"])
def test_a_file_that_is_no_form_is_refused_without_an_error(text: str) -> None:
    assert faults(text)
