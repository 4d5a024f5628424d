"""Admission grows document by document; what it knows must be what the whole fold would say."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from broker.decide.standing import Standing, cloud_account, unit_account
from broker.documents.envelope import Nature, Spec
from broker.estate.amount import holdings
from broker.estate.cases import Admission
from broker.estate.fold import fold
from broker.estate.platform import platform_of
from broker.registry.filed import Filed, Registry
from quotas.amount import Amount
from tests.fixtures import demo_district as demo
from tests.unit.broker.decide.rounds import after, round_of

FIRST, LAST = demo.at("2026-01-05T09:00"), demo.at("2026-11-30T09:00")
instants = st.integers(0, (LAST - FIRST) // timedelta(hours=1)).map(lambda hours: FIRST + timedelta(hours=hours))


def raw_of(document: str) -> dict[str, Any]:
    found = next(f for f in demo.documents() if f.id == document)
    raw: dict[str, Any] = found.document.model_dump(mode="json", by_alias=True, exclude_none=True)
    return raw


def later(document: str, *, change: dict[str, Any], day: str = "2026-05-20", **metadata: str) -> dict[str, Any]:
    """Another version of a document, filed later under another id."""
    raw = raw_of(document)
    known = {"id": f"{document}-2", "filed_on": day, "filed_by": raw["metadata"]["filed_by"], **metadata}
    return {**raw, "metadata": known, "spec": {**raw["spec"], **change}}


EXTRA = (
    later("elderly-care-request", change={"provider": "provider-b"}, supersedes="elderly-care-request"),
    later("vaccination-booking-request", change={"unit": "education"}, supersedes="vaccination-booking-request"),
    later(
        "enrolment-elastic-2026-decision", change={"decision": "refused"}, supersedes="enrolment-elastic-2026-decision"
    ),
    later("urban-v2-scale-down-2026", change={"reason": "撤回"}, day="2026-11-01", withdraws="urban-v1-exit-2026"),
    later(
        "ry-2025-012",
        change={"number": "RY-2026-030", "requests": ["grid-governance-request"]},
        supersedes="ry-2025-012",
    ),
)
"""What takes the place of something, or takes it back: the systems of both must be folded again."""

DISTRICT = demo.registry(EXTRA)
JUDGED = tuple(f for f in DISTRICT.filed if f.spec.nature is not Nature.FOUNDATION)
PLATFORM = platform_of(demo.registry())


def admissions(as_of: datetime, refused: Iterable[str]) -> dict[str, Admission]:
    no = set(refused) | demo.REFUSED
    return demo.admissions(DISTRICT, as_of, admit=lambda id_: id_ not in no)


def standing_of(as_of: datetime, outcomes: dict[str, Admission]) -> Standing:
    """Grown one document at a time."""
    standing = Standing(DISTRICT, PLATFORM)
    for document in JUDGED:
        if document.digest in outcomes:
            standing.record(document, outcomes[document.digest], as_of)
    return standing


refusals = st.sets(st.sampled_from([f.id for f in JUDGED]), max_size=12)


@settings(max_examples=25, deadline=None)
@given(as_of=instants, refused=refusals)
def test_what_stands_after_one_by_one_is_what_the_whole_fold_says(as_of: datetime, refused: set[str]) -> None:
    outcomes = admissions(as_of, refused)
    standing = standing_of(as_of, outcomes)
    estate = fold(JUDGED, outcomes, as_of)
    ahead = fold(JUDGED, outcomes, as_of, anticipate=True)
    assert dict(standing.systems) == {system.id: system for system in estate.systems}
    now, promised = holdings(estate, PLATFORM.flavors), holdings(ahead, PLATFORM.flavors)
    expected = {key: now.get(key, Amount()).at_least(promised.get(key, Amount())) for key in now | promised}
    accounts: dict[str, Amount] = {}
    for (name, zone), amount in expected.items():
        assert standing.held(name, zone) == amount
        system = standing.systems[name]
        for account in (unit_account(system.unit, zone), cloud_account(system.provider, zone)):
            accounts[account] = accounts.get(account, Amount()) + amount
    assert {a: standing.total(a) for a in every_account()} == {a: accounts.get(a, Amount()) for a in every_account()}
    subnets = {(s.id, d.zone): d.subnet for s in estate.systems for d in s.deployments if d.subnet}
    assert standing.subnets == subnets


def every_account() -> list[str]:
    units = {unit_account(unit, zone) for unit in PLATFORM.units for zone in PLATFORM.zones}
    return sorted(units | {cloud_account(*key) for key in PLATFORM.clouds})


@settings(max_examples=15, deadline=None)
@given(as_of=instants, refused=refusals, split=st.integers(0, len(JUDGED)))
def test_recalling_what_was_decided_is_recording_it_again(as_of: datetime, refused: set[str], split: int) -> None:
    outcomes = admissions(as_of, refused)
    known = [f for f in JUDGED if f.digest in outcomes]
    recalled = Standing(DISTRICT, PLATFORM)
    recalled.recall(known[split:], outcomes, as_of)
    for document in known[:split]:
        recalled.record(document, outcomes[document.digest], as_of)
    recorded = standing_of(as_of, outcomes)
    assert dict(recalled.systems) == dict(recorded.systems)
    assert recalled.approved == recorded.approved
    assert recalled.subnets == recorded.subnets
    assert {a: recalled.total(a) for a in every_account()} == {a: recorded.total(a) for a in every_account()}


@settings(max_examples=10, deadline=None)
@given(as_of=instants, split=st.integers(0, len(JUDGED)))
def test_two_rounds_at_one_instant_give_what_one_round_gives(as_of: datetime, split: int) -> None:
    once = round_of(DISTRICT, as_of)
    early = {f.digest for f in JUDGED[:split]}
    first_registry = only(DISTRICT, early)
    first = round_of(first_registry, as_of)
    second = round_of(replace(DISTRICT, records=after(first_registry, first).records), as_of)
    assert (*first.outcomes, *second.outcomes) == once.outcomes
    assert dict(second.standing.systems) == dict(once.standing.systems)


def only(registry: Registry, digests: set[str]) -> Registry:
    """The registry with its foundation and these documents alone."""
    kept: tuple[Filed[Spec], ...] = tuple(
        f for f in registry.filed if f.spec.nature is Nature.FOUNDATION or f.digest in digests
    )
    return replace(registry, filed=kept)


def test_the_extra_documents_do_take_the_place_of_others() -> None:
    standing = standing_of(LAST, admissions(LAST, ()))
    assert "enrolment-elastic-2026" not in standing.approved
    assert standing.systems["elderly-care"].provider == "provider-b"
    assert standing.held("elderly-care", "extranet") == Amount()
    assert standing.systems["urban-v1"].exit_form is None
    assert "haitang-site-request" not in standing.approved
