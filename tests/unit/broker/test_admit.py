from dataclasses import replace
from datetime import timedelta
from functools import cache

from broker.admit import Admissions, RuleSet, admit
from broker.documents.envelope import Nature
from broker.documents.fields import Amount
from broker.documents.records import Admitted, Received
from broker.estate.platform import platform_of
from tests.fixtures import demo_district as demo
from tests.unit.broker.decide.rounds import ALL_RULES, after, round_of

AS_OF = demo.at("2026-11-23T12:00")
FILED = sum(f.spec.nature is not Nature.FOUNDATION for f in demo.documents())


@cache
def whole() -> Admissions:
    return round_of(demo.registry(), AS_OF)


def test_every_document_that_asks_or_decides_is_answered_once_in_the_order_of_main() -> None:
    outcomes = whole().outcomes
    sequences = [outcome.admitted.sequence for outcome in outcomes]
    assert len(outcomes) == FILED
    assert sequences == sorted(set(sequences))
    assert {o.admitted.id for o in outcomes if not o.admitted.admitted} == demo.REFUSED


def test_a_document_of_the_foundation_gets_no_record() -> None:
    foundation = {f.digest for f in demo.documents() if f.spec.nature is Nature.FOUNDATION}
    assert foundation
    assert foundation.isdisjoint(o.admitted.document for o in whole().outcomes)


def test_what_has_its_record_is_never_judged_again() -> None:
    registry = demo.registry()
    again = round_of(after(registry, whole()), AS_OF + timedelta(days=1))
    assert again.outcomes == ()


def test_a_refused_document_stays_refused_although_no_rule_would_refuse_it_now() -> None:
    registry = after(demo.registry(), whole())
    round_ = admit(registry, platform_of(registry), RuleSet((), ALL_RULES.digest), AS_OF, simulated=True)
    assert round_.outcomes == ()
    assert not round_.standing.was_admitted(_digest("gas-command-request"))
    assert round_.standing.was_admitted(_digest("ry-2026-013"))


def test_a_document_that_was_seen_on_a_branch_counts_from_then() -> None:
    registry = demo.registry()
    seen, found = demo.at("2026-11-20T08:00"), _digest("enrolment-elastic-2026")
    outcomes = round_of(replace(registry, records=(Received(document=found, at=seen),)), AS_OF).outcomes
    outcome = next(o for o in outcomes if o.admitted.document == found)
    assert outcome.received is None
    assert outcome.admitted.as_of == AS_OF
    others = [o.received for o in outcomes if o.admitted.document != found]
    assert all(received is not None and received.at == AS_OF for received in others)


def test_a_record_names_rule_set_commit_and_clock() -> None:
    outcome = whole().outcomes[0].admitted
    assert (outcome.rule_set, outcome.as_of, outcome.simulated) == (ALL_RULES.digest, AS_OF, True)
    assert outcome.commit == "0" * 40


def test_a_claim_says_what_the_system_held_before_and_after_in_both_accounts() -> None:
    outcome = _of("urban-v2-scale-down-2026-assigned-provider")
    accounts = {line.account: (line.before.vcpu, line.after.vcpu) for line in outcome.claims}
    assert accounts == {"unit:urban-mgmt/extranet": (48, 40), "cloud:provider-b/extranet": (48, 40)}


def test_an_approval_claims_for_each_of_its_systems() -> None:
    accounts = {line.account for line in _of("ry-2025-012").claims if line.before == Amount()}
    assert accounts == {
        "unit:haitang/extranet",
        "cloud:provider-b/extranet",
        "unit:haitang/internet",
        "cloud:provider-b/internet",
    }


def test_an_elastic_ceiling_is_claimed_when_it_is_decided_and_free_when_its_window_is_over() -> None:
    decided = demo.at("2026-05-25T12:00")
    outcomes = round_of(demo.registry(until=decided.date()), decided)
    elastic = next(o.admitted for o in outcomes.outcomes if o.admitted.id == "enrolment-elastic-2026-decision")
    line = next(line for line in elastic.claims if line.account == "unit:education/internet")
    assert (line.before.vcpu, line.after.vcpu) == (8, 24)
    later = after(demo.registry(until=decided.date()), outcomes)
    open_, over = (round_of(later, demo.at(day)).standing for day in ("2026-07-15T23:59", "2026-07-16T00:00"))
    assert open_.held("enrolment", "internet").vcpu == 24
    assert over.held("enrolment", "internet").vcpu == 8


def test_a_document_that_came_in_late_finds_taken_what_was_given_before() -> None:
    """A merged document may become readable only after later ones were admitted."""
    registry = demo.registry()
    late = _digest("chronic-followup-request")
    records = after(registry, whole()).records
    known = tuple(r for r in records if not (isinstance(r, Received | Admitted) and r.document == late))
    (outcome,) = round_of(replace(registry, records=known), AS_OF).outcomes
    assert outcome.admitted.document == late
    assert outcome.admitted.sequence < max(f.sequence for f in registry.filed)


def _digest(document: str) -> str:
    return next(f.digest for f in demo.documents() if f.id == document)


def _of(document: str) -> Admitted:
    outcomes = whole().outcomes
    return next(o.admitted for o in outcomes if o.admitted.id == document)
