from collections.abc import Callable
from dataclasses import replace

import pytest

from broker.documents.records import Admitted
from broker.errors import RegistryBroken
from broker.estate.fold import fold
from broker.estate.system import Estate
from broker.hold import holds, trusted
from broker.problem import Place, Problem, Severity
from broker.registry.filed import Registry
from tests.fixtures import demo_district as demo
from tests.unit.broker.decide.rounds import recorded

AS_OF = demo.at("2026-11-23T12:00")
FORM = "cases/2026/900-growth.yaml"


def problem(path: str, severity: Severity = Severity.REFUSED) -> Problem:
    return Problem(Place(path), "UNKNOWN_FIELD", "there is no such field", "take it out", severity=severity)


def registry_with(*problems: Problem) -> Registry:
    return replace(demo.registry(), problems=problems)


def estate() -> Estate:
    registry = demo.registry()
    return fold(registry.filed, demo.admissions(registry, AS_OF), AS_OF)


def says(path: str, text: str) -> Callable[[str], str]:
    return lambda asked: text if asked == path else ""


def test_a_refused_document_holds_up_the_system_that_it_names() -> None:
    registry = registry_with(problem(FORM))
    held = holds(registry, estate(), says(FORM, "kind: ServiceIntentForm\nspec:\n  system: online-hall\n  oops: 1\n"))
    assert held == {"online-hall": problem(FORM)}


def test_a_refused_decision_holds_up_the_system_of_the_paper_that_it_names() -> None:
    registry = registry_with(problem(FORM))
    held = holds(registry, estate(), says(FORM, "kind: IntentDecision\nspec: {form: urban-v1-exit-2026}"))
    assert set(held) == {"urban-v1"}


def test_a_broken_signature_holds_up_the_system_of_its_document() -> None:
    document = next(f for f in demo.documents() if f.id == "elderly-care-request")
    broken = problem(document.path.removesuffix("yaml") + "li.sig")
    assert "elderly-care" in holds(registry_with(broken), estate(), says("", ""))


def test_a_refused_unit_holds_up_its_systems_and_no_other() -> None:
    path = "organisations/units/education.yaml"
    text = says(path, "kind: Unit\nmetadata: {id: education}\n")
    registry = registry_with(problem(path))
    trusted(registry, text)
    everything = estate()
    expected = {system.id for system in everything.systems if system.unit == "education"}
    assert expected
    assert set(holds(registry, everything, text)) == expected


@pytest.mark.parametrize("path", ["platform/platform.yaml", "quotas/education.yaml", "organisations/people/li.yaml"])
def test_a_refused_document_of_the_foundation_stops_everything(path: str) -> None:
    with pytest.raises(RegistryBroken, match="UNKNOWN_FIELD"):
        trusted(registry_with(problem(path)), says(path, "kind: Person\nspec: {unit: education}\n"))


def test_an_admitted_document_that_is_not_there_stops_everything() -> None:
    registry = recorded(demo.registry(), AS_OF)
    trusted(registry, says("", ""))
    admitted = next(r for r in registry.records if isinstance(r, Admitted) and r.admitted)
    missing = replace(registry, filed=tuple(f for f in registry.filed if f.digest != admitted.document))
    with pytest.raises(RegistryBroken, match=f"{admitted.id} was admitted"):
        trusted(missing, says("", ""))


def test_what_is_only_inadmissible_holds_up_nothing() -> None:
    registry = registry_with(problem(FORM, Severity.INADMISSIBLE), problem("platform/platform.yaml", Severity.NOTICE))
    trusted(registry, says("", ""))
    assert holds(registry, estate(), says(FORM, "spec: {system: online-hall}")) == {}
