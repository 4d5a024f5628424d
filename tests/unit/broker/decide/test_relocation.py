"""A system moves to another provider: both run, then the old one stands still, and goes once its data are back."""

from typing import Any

from broker.estate.fold import admissions_of, fold
from broker.estate.platform import platform_of
from broker.estate.system import Lifecycle
from broker.plan.stack import stack_specs
from broker.registry.filed import Registry
from quotas.amount import Amount
from stacks import spec as stacks
from tests.fixtures import demo_district as demo
from tests.unit.broker.decide.rounds import after, filed_at, round_of
from tests.unit.broker.decide.test_cases import CASES, case_of

CASE = case_of(CASES / "FORM_INCOMPLETE" / "leaving-after-the-data-are-accepted.yaml")
NOW, LATER = demo.at("2026-11-23T12:00"), demo.at("2026-11-24T09:00")
OLD, NEW = "grid-governance.extranet.provider-b", "grid-a.extranet.provider-a"
WIPE = {
    "apiVersion": "govcloud/v1",
    "kind": "HandOver",
    "metadata": {"id": "grid-handed-over", "filed_on": "2026-11-24", "filed_by": "haitang-clerk"},
}


def stacks_at(registry: Registry, instant: str) -> dict[str, stacks.Power]:
    at = demo.at(instant)
    estate = fold(registry.filed, admissions_of(registry.records), at)
    specs = stack_specs(estate, platform_of(registry))
    return {spec.name: spec.power for spec in specs if spec.name in {OLD, NEW}}


def moved(*papers: dict[str, Any]) -> Registry:
    registry = filed_at(NOW, papers)
    return after(registry, round_of(registry, NOW))


def test_both_stacks_run_until_the_unit_has_its_data_and_the_old_one_stops_then() -> None:
    running, stopped = stacks.Power.RUNNING, stacks.Power.STOPPED
    before = moved(*CASE["before"])
    assert stacks_at(before, "2026-12-01T09:00") == {OLD: running, NEW: running}
    registry = moved(*CASE["before"], CASE["file"])
    assert stacks_at(registry, "2026-11-23T12:00") == {OLD: running, NEW: running}
    assert stacks_at(registry, "2026-11-24T00:00") == {OLD: stopped, NEW: running}


def test_the_old_system_is_retired_by_its_signed_hand_over_and_the_new_one_stays() -> None:
    registry = moved(*CASE["before"], CASE["file"])
    estate = fold(registry.filed, admissions_of(registry.records), LATER)
    old = estate.system("grid-governance")
    assert old is not None
    assert (old.lifecycle, old.exit_form) == (Lifecycle.EXITING, "grid-moves")
    items = [
        {"zone": d.zone, "kind": kind, "name": name, "content_digest": f"sha256:{'a' * 64}", "size_bytes": 1}
        for d in old.deployments
        for kind, name in (
            *(("volume", f"{t.name}-{s.ordinal}-{disk.name}") for t in d.tiers for s in t.servers for disk in s.disks),
            *(("bucket", bucket.name) for bucket in d.buckets),
        )
    ]
    wipe = WIPE | {"spec": {"form": "grid-moves", "system": "grid-governance", "items": items, "wipe": True}}
    whole = demo.registry([*CASE["before"], CASE["file"], wipe])
    handed = Registry(whole.head, whole.filed, records=registry.records)
    round_ = round_of(handed, LATER)
    assert [(o.decision.filed.id, o.admitted.admitted) for o in round_.outcomes] == [("grid-handed-over", True)]
    assert stacks_at(after(handed, round_), "2026-11-24T10:00") == {NEW: stacks.Power.RUNNING}
    # what it held is free again, for the unit and for the provider, and a review shows it as gone
    (moved_,) = round_.outcomes[0].moved
    assert (moved_.system, moved_.before == Amount(), moved_.after) == ("grid-governance", False, Amount())
    ahead = round_.standing.promised(LATER)
    assert ahead is not None
    assert [s.lifecycle for s in ahead.systems if s.id == "grid-governance"] == [Lifecycle.RETIRED]


def test_what_leaves_is_held_until_it_is_handed_over_and_a_review_shows_that_it_leaves() -> None:
    registry = moved(*CASE["before"], CASE["file"])
    for as_of, stage in ((NOW, Lifecycle.PRODUCTION), (LATER, Lifecycle.EXITING)):
        standing = round_of(registry, as_of).standing
        ahead = standing.promised(as_of)
        assert ahead is not None
        assert [s.lifecycle for s in ahead.systems if s.id == "grid-governance"] == [stage]
        assert standing.held("grid-governance", "extranet") != Amount()
