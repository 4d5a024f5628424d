"""References inside lists are found with their place."""

import json
from pathlib import Path

import yaml

from broker.registry.links import Link, links
from tests.fixtures.demo_district import filed

VALID = Path(__file__).parents[3] / "cases" / "registry" / "valid"


def named(kind: str) -> dict[str, Link]:
    raw = json.loads(json.dumps(yaml.safe_load((VALID / f"{kind}.yaml").read_text(encoding="utf-8")), default=str))
    return {link.field: link for link in links(filed(raw, f"x/{kind}.yaml", 0))}


def test_a_name_in_a_list_of_parts_is_a_reference_with_its_place() -> None:
    found = named("YearlyPlan")
    assert found["spec.items[0].system"] == Link("spec.items[0].system", ("system",), "school-bus")
    assert found["spec.items[0].needs[0].zone"].namespaces == ("Zone",)


def test_every_member_of_a_list_of_names_is_a_reference() -> None:
    found = named("TemporaryInterruptionRequest")
    assert [found[f"spec.systems[{n}]"].name for n in (0, 1)] == ["chronic-followup", "urban-v2"]


def test_who_files_and_what_a_decision_decides_are_references() -> None:
    found = named("ExpertReview")
    assert (found["metadata.filed_by"].namespaces, found["spec.exception"].name) == (("Person",), "imaging-exception")
