"""Who may file and sign what: every role and every action, about persons, as the requirements say it."""

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from broker.documents.envelope import Nature
from broker.documents.kinds import SPECS
from tests.fixtures.duty_desk import OWN, PEOPLE, ROLES, Signer, accepted, entitled, request, sample

DUTIES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parents[1] / "cases" / "duties.yaml").read_text())
SIGNED = {name: set(duty["roles"]) for duty in DUTIES for name in duty.get("signs", ())}
FILED = {kind: (field, set(duty["roles"])) for duty in DUTIES for kind, field in duty.get("files", {}).items()}
PERSON = st.sampled_from(sorted(set(PEOPLE) - {"boss"}))


def nature(name: str) -> Nature:
    return next(spec.nature for spec in SPECS if spec.kind == name.partition("-")[0])


OF_A_SYSTEM = [
    name
    for name in sorted(SIGNED)
    if nature(name) is Nature.DECISION and '"hall' in json.dumps(sample(name, "boss", "x")["spec"])
]
"""Decisions that name a system or a matter: there the office may be deciding on its own."""


def stands(
    name: str, signers: tuple[Signer, ...], *, filed_by: str = "boss", asked_by: str = "unit-1", unit: str = "health"
) -> bool:
    """Whether the document of the action stands, signed by these, on the request that `asked_by` filed."""
    extra = frozenset((signer.person, signer.role) for signer in signers if signer.role != PEOPLE[signer.person])
    party = ROLES[PEOPLE[signers[0].person]] if signers else "office"
    case = [(request(unit, asked_by), ())]
    held, _ = accepted(extra, case, [(sample(name, filed_by, party), signers)])
    return "the-document" in held


def signatures(name: str) -> int:
    return next(spec.signatures for spec in SPECS if spec.kind == name.partition("-")[0])


@pytest.mark.parametrize(("name", "role"), list(product(SIGNED, ROLES)))
def test_a_document_stands_exactly_under_the_roles_that_may_do_it(name: str, role: str) -> None:
    people = [person for person, held in PEOPLE.items() if held == role and person != "boss"]
    signers = tuple(Signer(person, role) for person in people[: max(signatures(name), 1)])
    assert stands(name, signers) is (role in SIGNED[name])


@pytest.mark.parametrize(("kind", "role"), list(product(FILED, ROLES)))
def test_a_filing_enters_exactly_from_the_organisations_that_may_file_it(kind: str, role: str) -> None:
    field, roles = FILED[kind]
    document = sample(kind, f"{role.replace('_', '-')}-1", "health")
    document["spec"][field] = {"unit": "health", "provider": "provider-a"}[field]
    assert entitled(document) is (role in roles)


@given(st.sampled_from(sorted(SIGNED)), PERSON, st.sampled_from(sorted(ROLES)), PERSON, PERSON)
def test_whatever_roles_a_person_holds_he_decides_nothing_that_he_took_part_in_filing(
    name: str, person: str, role: str, filed_by: str, asked_by: str
) -> None:
    good = role in SIGNED[name] and (role != "unit" or ROLES[PEOPLE[person]] == "health")
    own_party = "reviewer" not in sample(name, person, "x")["spec"] and "party" not in sample(name, person, "x")["spec"]
    filers = {filed_by, asked_by} if name in OF_A_SYSTEM else {filed_by}
    apart = nature(name) is not Nature.DECISION or person not in filers
    if own_party or role == PEOPLE[person]:
        assert stands(name, (Signer(person, role),), filed_by=filed_by, asked_by=asked_by) is (good and apart)


@given(st.sampled_from(OF_A_SYSTEM), st.data())
def test_on_the_offices_own_system_two_of_its_people_decide_who_did_not_file(name: str, data: st.DataObject) -> None:
    role = data.draw(st.sampled_from(sorted(SIGNED[name])))
    able = sorted(person for person, held in PEOPLE.items() if held == role)
    signers = data.draw(st.lists(st.sampled_from(able), unique=True, max_size=3))
    filed_by, asked_by = data.draw(st.sampled_from(able)), data.draw(st.sampled_from(able))
    apart = {person for person in signers if person not in {filed_by, asked_by}}
    found = stands(name, tuple(Signer(p, role) for p in signers), filed_by=filed_by, asked_by=asked_by, unit=OWN)
    assert found is (len(apart) >= 2)


@pytest.mark.parametrize(("agrees", "people", "holds"), [(True, 1, True), (False, 1, False), (False, 2, True)])
def test_against_the_finder_two_people_accept_a_rectification(agrees: bool, people: int, holds: bool) -> None:  # noqa: FBT001 - a table
    document = sample("RectificationAcceptance", "boss", "office")
    document["spec"] |= {"finder_agrees": agrees, "reason": "风险已消除"}
    signers = tuple(Signer(f"cloud-office-{n + 1}", "cloud_office") for n in range(people))
    found, _ = accepted(frozenset(), [(request("health", "unit-1"), ())], [(document, signers)])
    assert ("the-document" in found) is holds


@pytest.mark.parametrize(("people", "holds"), [(1, False), (2, True)])
def test_a_waiver_needs_two_people(people: int, holds: bool) -> None:  # noqa: FBT001 - a table
    signers = tuple(Signer(f"cloud-office-{n + 1}", "cloud_office") for n in range(people))
    assert stands("Waiver", signers) is holds


def test_one_person_who_signs_twice_is_one() -> None:
    twice = (Signer("cloud-office-1", "cloud_office"), Signer("cloud-office-1", "cloud_office"))
    assert not stands("Waiver", twice)


def test_where_no_operations_department_is_designated_the_office_assigns_to_the_provider() -> None:
    document = (sample("Assignment-to-provider", "boss", ""), (Signer("cloud-office-1", "cloud_office"),))
    found, _ = accepted(frozenset(), [(request("health", "unit-1"), ())], [document], without="ops")
    assert "the-document" in found


def test_the_table_speaks_of_every_decision_that_a_unit_or_provider_waits_for() -> None:
    signed = {name.partition("-")[0] for name in SIGNED}
    left = {spec.kind for spec in SPECS if spec.nature is Nature.DECISION} - signed
    assert left == {
        "CatalogueReview",
        "CityCloudLink",
        "DepartmentalCloud",
        "ForceMajeure",
        "GoLive",
        "HoldDecision",
        "KeyPeriod",
        "ProviderReview",
        "Waiver",
    }


def test_a_document_that_nobody_signed_does_not_stand() -> None:
    assert not any(stands(name, ()) for name in SIGNED)
