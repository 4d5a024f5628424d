"""Laws of the advice on buckets: a proposed limit holds what is used with room to spare, and nothing flips."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from monitoring.metering.advice import Circumstances, Yardstick
from monitoring.metering.facts import ResourceFacts
from monitoring.metering.period import Month
from monitoring.metering.policy import Policy, shipped
from monitoring.metering.storage import advise, ratio_of, verdict
from tests.unit.monitoring.metering.month import facts

GIB = 1 << 30
POLICY = shipped()[-1]
CASE = Circumstances((), 12, None, None)
OCTOBER = facts()
USED = st.one_of(st.integers(0, 1 << 45), st.integers(0, 1 << 15).map(lambda gib: gib * GIB))
QUOTA = st.integers(1, 1 << 15)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """The shipped one with other marks in order, whole ones and broken ones."""
    low, most, above = sorted(draw(st.sets(st.integers(1, 1000), min_size=3, max_size=3)))
    raw = POLICY.model_dump(mode="json")
    raw["buckets"]["storage_low"] = low / 10
    raw["proposed"]["storage_max"] = most / 10
    raw["scale_up_advice"]["storage_above"] = above / 10
    return Policy.model_validate(raw)


def bucket(used_bytes: int | None, quota_gib: int, policy: Policy) -> ResourceFacts:
    """A bucket that was there for the whole month."""
    ratio = None if used_bytes is None else ratio_of(used_bytes, quota_gib)
    return ResourceFacts(
        stack="s.extranet.p",
        unit="u",
        system="s",
        zone="extranet",
        provider="p",
        resource="bucket-s-extranet-b",
        kind="bucket",
        external_id="u$s-extranet/s-extranet-b",
        amount={"object_gib": quota_gib},
        existed_s=1,
        running_s=1,
        amount_s={},
        statistics={},
        verdict=verdict(ratio, policy.storage),
        used_bytes=used_bytes,
        used_ratio=ratio,
    )


def advised(used: Sequence[int | None], quota_gib: int, policy: Policy) -> tuple[str, int] | None:
    """What is advised on a bucket with such use, the newest month first, and the limit."""
    now, *past = [bucket(one, quota_gib, policy) for one in used]
    earlier = [replace(OCTOBER, resources=(one,), advice=()) for one in past]
    yard = Yardstick(Month(2026, 10), policy, {})
    found = advise((now,), {now.external_id: CASE}, earlier, yard).advice
    return (found[0].kind, found[0].proposed_quota_gib or 0) if found else None


@given(USED, QUOTA, policies())
def test_a_larger_limit_is_larger_and_holds_what_is_used_below_the_mark(used: int, quota: int, policy: Policy) -> None:
    found, marks = advised([used], quota, policy), policy.storage
    assert marks is not None
    if found is None:
        assert (ratio_of(used, quota) or 0) * 100 <= marks.above + 1e-9
        return
    kind, proposed = found
    assert (kind, proposed > quota) == ("enlarge", True)
    assert used * 100 <= proposed * GIB * marks.most * (1 + 1e-12)
    assert proposed == 1 or used * 100 > (proposed - 1) * GIB * marks.most * (1 - 1e-12)
    assert verdict(ratio_of(used, proposed), marks) != "tight"
    assert advised([used], proposed, policy) is None


@given(st.lists(st.one_of(st.none(), USED), min_size=1, max_size=4), QUOTA, policies())
def test_a_smaller_limit_is_smaller_and_holds_the_most_that_was_ever_used(
    used: list[int | None], quota: int, policy: Policy
) -> None:
    found, marks, asked = advised(used, quota, policy), policy.storage, policy.scale_down_advice.months
    if found is None or found[0] == "enlarge" or marks is None:
        return
    known = [one for one in used[:asked] if one is not None]
    assert len(known) == asked
    assert found[1] < quota
    assert all(one * 100 <= found[1] * GIB * marks.most * (1 + 1e-12) for one in known)
    assert all(verdict(ratio_of(one, quota), marks) == "low" for one in known)
    assert advised(used, found[1], policy) is None
