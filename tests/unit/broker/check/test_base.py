"""A base that was kept says of every change what one says that is made anew."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.admit import Admissions, admit, recalled
from broker.check.base import Base, base_of
from broker.check.difference import differences
from broker.check.review import Review, merged
from broker.estate.platform import platform_of
from broker.registry.authority import judged
from broker.registry.filed import Registry
from broker.registry.read import read_change
from broker.registry.snapshot import keep_snapshot, kept_snapshot
from broker.registry.texts import Texts
from tests.fixtures.demo_district import at, filed
from tests.unit.broker.check.test_review import DAYS, PAPERS
from tests.unit.broker.decide.rounds import ALL_RULES, filed_at
from tests.unit.broker.registry.office import NOW, Office, founded
from tests.unit.broker.signatures.test_both import STEPS

UNTIL_THEN = timedelta(days=60)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def kept(base: Base, cache: Path) -> Base:
    keep_snapshot(cache, cache, "name", base)
    found = kept_snapshot(cache, cache, "name", Texts(None, {}))
    assert isinstance(found, Base)
    return found


def of_the_district(day: str, before: tuple[Mapping[str, Any], ...] = ()) -> Base:
    """The demo district's papers, which nobody signed, as if all of them were."""
    as_of = at(day)
    held = filed_at(as_of, before)
    platform = platform_of(held)
    whole = replace(judged(held, None, as_of), held=held)
    return Base(whole, platform, recalled(held, platform, as_of), as_of)


def reviewed(day: str, before: tuple[Mapping[str, Any], ...], *papers: Mapping[str, Any]) -> Review:
    """The review of further papers upon the demo district with those before; no rule says anything."""
    base = of_the_district(day, before)
    whole = filed_at(base.since, (*before, *papers))
    fresh = {one["metadata"]["id"] for one in papers}
    change = replace(whole, filed=tuple(replace(f, commit="") if f.id in fresh else f for f in whole.filed))
    return merged(base.judged.held, change, None, replace(ALL_RULES, rules=()), base.since, known=base).review


def with_one_more(held: Registry, raw: Mapping[str, Any]) -> Registry:
    return replace(held, filed=(*held.filed, filed(dict(raw), "extra/file.yaml", len(held.filed))))


@settings(max_examples=60, deadline=None)
@given(path=st.sampled_from(PAPERS), share=st.floats(0, 1, exclude_max=True))
def test_a_change_of_any_kind_is_judged_upon_a_kept_base_as_upon_all_documents(
    cache: Path, path: Path, share: float
) -> None:
    case = yaml.safe_load(path.read_text(encoding="utf-8"))
    base = of_the_district(str(case["as_of"]), tuple(case.get("before", ())))
    later = base.since + share * ((base.standing.next_change_at or base.since + UNTIL_THEN) - base.since)
    assert base.holds_at(later)
    found = kept(base, cache)
    sides = []
    for one, standing in ((base, recalled(base.judged.held, base.platform, later)), (found, found.standing)):
        held = one.judged.held
        whole = with_one_more(held, case["file"])
        platforms = one.platform, platform_of(whole)
        before, after = (
            admit(registry, platform, ALL_RULES, later, simulated=False, known=standing)
            for registry, platform in zip((held, whole), platforms, strict=True)
        )
        was, will = before.standing.promised(later), after.standing.promised(later)
        touched = differences(was, will) if was is not None and will is not None else None
        sides.append((platforms, told(before), told(after), was, will, touched))
    assert sides[0] == sides[1]


def told(round_: Admissions) -> tuple[Any, ...]:
    holdings = round_.standing.holdings()
    totals = {account: round_.standing.total(account) for one in holdings for account in one.accounts}
    return round_.outcomes, round_.before, holdings, totals


@pytest.mark.parametrize("day", DAYS)
def test_a_base_holds_until_something_comes_or_goes_by_date(day: str) -> None:
    base = of_the_district(day)
    until = base.standing.next_change_at
    assert base.holds_at(base.since)
    assert not base.holds_at(base.since - timedelta(seconds=1))
    if until is None:
        assert base.holds_at(base.since + timedelta(days=3000))
    else:
        assert base.holds_at(until - timedelta(seconds=1))
        assert not base.holds_at(until)


def test_by_date_things_do_come_and_go_in_the_district() -> None:
    bases = [of_the_district(day) for day in DAYS]
    ends = [base.standing.next_change_at for base in bases]
    assert any(ends)
    for base, until in zip(bases, ends, strict=True):
        if until is not None:
            then = recalled(base.judged.held, base.platform, until)
            assert (then.promised(until), then.next_change_at) != (base.standing.promised(until), until)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> tuple[Office, tuple[str, ...]]:
    office = founded(tmp_path_factory.mktemp("office") / "registry")
    commits = [office.git("rev-parse", "HEAD")]
    for _, step in STEPS:
        step(office)
        commits.append(office.commit())
    return office, tuple(commits)


@pytest.mark.parametrize("n", range(len(STEPS) - 2))
def test_signatures_are_verified_on_from_a_kept_base_as_from_the_first_commit(
    history: tuple[Office, tuple[str, ...]], cache: Path, n: int
) -> None:
    office, commits = history
    before, change = read_change(office.root, commits[n], commits[-1], cached=False)
    base = kept(base_of(before, office.trust_root, NOW), cache)
    new = [f for f in change.filed if not f.commit]
    assert new
    for paper in new:
        anew = merged(before, laid_upon(before, paper), office.trust_root, ALL_RULES, NOW, supposing=True)
        registry = base.judged.registry
        change = laid_upon(registry, paper)
        upon = merged(registry, change, office.trust_root, ALL_RULES, NOW, supposing=True, known=base)
        assert upon == anew


def laid_upon(registry: Registry, paper: Any) -> Registry:
    return replace(registry, filed=(*registry.filed, replace(paper, sequence=1 << 20)))


def test_a_base_with_signatures_of_which_no_record_tells_does_not_last(
    history: tuple[Office, tuple[str, ...]],
) -> None:
    office, commits = history
    before, _ = read_change(office.root, commits[2], commits[-1], cached=False)
    assert before.signatures
    assert not base_of(before, office.trust_root, NOW).lasting
