"""Laws of the one matcher: a paper lifts exactly what it names, and hard rules are lifted by nothing."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from policies.catalogue import RULES
from policies.rule import Finding, Level
from policies.waiver import Judgement, Ruling, Scope, Waiver, judgement

BY_CODE = {rule.code: rule for rule in RULES}
HARD = {"STATE_SECRET", "MLPS_GRADE_TOO_HIGH", "ZONE_MISMATCH", "DATA_NOT_RETURNED", "DOCUMENT_CHANGED"}
CODES = st.sampled_from(sorted(BY_CODE))
SYSTEMS = st.sampled_from(["hall", "portal", "forum"])
KINDS = st.sampled_from(["OnboardingRequest", "GoLive", "ServiceIntentForm"])
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))


@st.composite
def waivers(draw: st.DrawFn) -> Waiver:
    first = draw(DAYS)
    last = first + timedelta(days=draw(st.integers(0, 365)))
    kinds = tuple(draw(st.lists(KINDS, min_size=1, unique=True)))
    return Waiver(f"w{draw(st.integers(0, 99))}", draw(CODES), draw(SYSTEMS), kinds, first, last)


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    rule = BY_CODE[draw(CODES)]
    level = draw(st.sampled_from(Level))
    return Finding(rule.code, rule.article, draw(st.sampled_from(["spec.a", "spec.b"])), "事实", "改正", level)


@st.composite
def scopes(draw: st.DrawFn) -> Scope:
    return Scope(draw(KINDS), tuple(draw(st.lists(SYSTEMS, unique=True))), draw(DAYS))


RULINGS = st.builds(Ruling, st.sampled_from(["h1", "h2"]), CODES, SYSTEMS)
FOUND = st.lists(findings(), max_size=6).map(lambda found: tuple(sorted(found)))
WAIVERS = st.lists(waivers(), max_size=6).map(tuple)
HELD = st.lists(RULINGS, max_size=6).map(tuple)


def judged(
    found: tuple[Finding, ...], papers: tuple[Waiver, ...], words: tuple[Ruling, ...], scope: Scope
) -> Judgement:
    return judgement(found, BY_CODE, papers, words, scope)


@given(FOUND, WAIVERS, HELD, scopes())
def test_what_is_left_is_part_of_what_was_found_in_its_order(
    found: tuple[Finding, ...], papers: tuple[Waiver, ...], words: tuple[Ruling, ...], scope: Scope
) -> None:
    left = judged(found, papers, words, scope)
    assert [f for f in found if f in left.findings] == list(left.findings)
    assert bool(left.lifted_by) is (len(left.findings) < len(found))


@given(FOUND, scopes())
def test_without_papers_nothing_is_lifted(found: tuple[Finding, ...], scope: Scope) -> None:
    assert judged(found, (), (), scope) == Judgement(found)


@given(FOUND, WAIVERS, HELD, scopes())
def test_a_hard_rule_that_refuses_is_lifted_by_nothing(
    found: tuple[Finding, ...], papers: tuple[Waiver, ...], words: tuple[Ruling, ...], scope: Scope
) -> None:
    left = judged(found, papers, words, scope)
    hard = [f for f in found if f.code in HARD and f.level is Level.REFUSE]
    assert [f for f in left.findings if f.code in HARD and f.level is Level.REFUSE] == hard


@given(FOUND, WAIVERS, HELD, scopes())
def test_only_papers_about_that_rule_system_kind_and_day_lift(
    found: tuple[Finding, ...], papers: tuple[Waiver, ...], words: tuple[Ruling, ...], scope: Scope
) -> None:
    lifted = [f for f in found if f not in judged(found, papers, words, scope).findings]
    for finding in lifted:
        rule = BY_CODE[finding.code]
        assert scope.systems
        for system in scope.systems:
            waived = any(
                (w.rule, w.system) == (rule.code, system)
                and scope.kind in w.kinds
                and w.first_day <= scope.day <= w.last_day
                for w in papers
            )
            ruled = any((r.rule, r.system) == (rule.code, system) for r in words)
            assert (rule.waivable and waived) or (rule.decidable and finding.level is Level.HOLD and ruled)


@given(FOUND, WAIVERS, HELD, scopes(), waivers())
def test_one_paper_more_never_brings_a_finding_back(
    found: tuple[Finding, ...], papers: tuple[Waiver, ...], words: tuple[Ruling, ...], scope: Scope, more: Waiver
) -> None:
    before, after = judged(found, papers, words, scope), judged(found, (*papers, more), words, scope)
    assert set(after.findings) <= set(before.findings)


@given(FOUND, waivers())
def test_a_waiver_of_a_waivable_rule_lifts_every_finding_of_it_from_its_first_day_to_its_last(
    found: tuple[Finding, ...], waiver: Waiver
) -> None:
    rule = next(r for r in RULES if r.waivable)
    exact = replace(waiver, rule=rule.code)
    for day in (exact.first_day, exact.last_day):
        of_it = Scope(exact.kinds[0], (exact.system,), day)
        assert all(f.code != rule.code for f in judged(found, (exact,), (), of_it).findings)
    for day in (exact.first_day - timedelta(days=1), exact.last_day + timedelta(days=1)):
        assert judged(found, (exact,), (), Scope(exact.kinds[0], (exact.system,), day)).findings == found


@given(FOUND, WAIVERS, HELD, scopes())
def test_every_paper_that_is_named_is_one_that_was_given(
    found: tuple[Finding, ...], papers: tuple[Waiver, ...], words: tuple[Ruling, ...], scope: Scope
) -> None:
    given_ids = {paper.id for paper in papers} | {word.id for word in words}
    assert set(judged(found, papers, words, scope).lifted_by) <= given_ids
