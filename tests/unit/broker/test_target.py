from dataclasses import replace
from functools import cache

import pytest

from broker.estate.fold import fold
from broker.estate.platform import platform_of
from broker.estate.system import Lifecycle
from broker.plan.target import Applied, Target, plan, targets
from stacks.spec import digest
from tests.fixtures import demo_district as demo

PROGRAM = "program-1"


@cache
def targets_at(text: str) -> tuple[Target, ...]:
    registry, as_of = demo.registry(), demo.at(text)
    estate = fold(registry.filed, demo.admissions(registry, as_of), as_of)
    return targets(estate, platform_of(registry))


def target(stack: str, text: str = "2026-11-23T12:00") -> Target:
    return next(t for t in targets_at(text) if t.stack == stack)


def applied(to: Target) -> Applied:
    return Applied(spec_digest=to.digest, program_digest=PROGRAM, clean=True)


def retired(stack: str) -> Target:
    registry, as_of = demo.registry(), demo.at("2026-11-23T12:00")
    estate = fold(registry.filed, demo.admissions(registry, as_of), as_of)
    gone = stack.split(".", 1)[0]
    systems = tuple(replace(s, lifecycle=Lifecycle.RETIRED) if s.id == gone else s for s in estate.systems)
    found = targets(replace(estate, systems=systems), platform_of(registry))
    return next(t for t in found if t.stack == stack)


def test_each_deployed_zone_of_a_system_is_one_target_in_order() -> None:
    stacks = [t.stack for t in targets_at("2026-11-23T12:00")]
    assert stacks == sorted(set(stacks))
    assert len(stacks) == 15
    assert {"enrolment.internet.provider-b", "enrolment.extranet.provider-b"} <= set(stacks)


def test_a_target_has_its_specs_digest_and_the_matters_behind_it() -> None:
    found = target("urban-v2.extranet.provider-b")
    assert found.spec is not None
    assert found.digest == digest(found.spec)
    assert found.documents[0] == "urban-v2-request"
    assert "urban-v2-scale-down-2026" in found.documents


def test_what_documents_released_may_go_and_nothing_else() -> None:
    assert target("urban-v2.extranet.provider-b").covered == frozenset({"boot-app-4", "volume-app-4-data"})
    assert target("haitang-site.internet.provider-b").covered == frozenset()


def test_boot_volumes_of_a_grants_servers_may_go_and_no_data_volume() -> None:
    covered = target("enrolment.internet.provider-b", "2026-07-16T00:00").covered
    assert covered is not None
    assert {"boot-web-3", "boot-web-4", "boot-web-5", "boot-web-6"} <= covered
    assert {"boot-web-1", "boot-web-2"}.isdisjoint(covered)
    assert all(name.startswith("boot-web-") for name in covered)
    assert target("enrolment.extranet.provider-b", "2026-07-16T00:00").covered == frozenset()


def test_a_retired_system_is_a_target_without_spec_of_which_all_may_go() -> None:
    found = retired("urban-v1.extranet.provider-b")
    alive = target("urban-v1.extranet.provider-b")
    assert (found.spec, found.digest, found.covered) == (None, "", None)
    assert (found.cloud, found.project_name) == (alive.cloud, alive.project_name)


def test_what_was_never_applied_is_to_be_done() -> None:
    every = targets_at("2026-11-23T12:00")
    assert plan(every, {}, PROGRAM).changed == every


def test_what_was_applied_as_it_is_wanted_stays_untouched() -> None:
    every = targets_at("2026-11-23T12:00")
    done = plan(every, {t.stack: applied(t) for t in every}, PROGRAM)
    assert done.changed == ()
    assert done.unchanged == tuple(t.stack for t in every)
    assert done.orphans == ()


@pytest.mark.parametrize("other", [{"spec_digest": "sha256:other"}, {"program_digest": "program-0"}, {"clean": False}])
def test_another_spec_another_program_or_an_unclean_end_is_a_difference(other: dict[str, str]) -> None:
    found = target("urban-v2.extranet.provider-b")
    last = replace(applied(found), **other)  # type: ignore[arg-type]  # one field at a time
    assert plan([found], {found.stack: last}, PROGRAM).changed == (found,)


def test_only_the_stack_that_a_document_changed_is_to_be_done() -> None:
    before = {t.stack: applied(t) for t in targets_at("2026-09-15T19:59")}
    changed = plan(targets_at("2026-09-15T20:00"), before, PROGRAM).changed
    assert [t.stack for t in changed] == ["urban-v2.extranet.provider-b"]


@pytest.mark.parametrize(
    ("last", "to_do"),
    [
        (None, False),
        (Applied("sha256:there", PROGRAM, clean=True), True),
        (Applied("sha256:there", PROGRAM, clean=False), True),
        (Applied("", PROGRAM, clean=False), True),
    ],
    ids=["not in the ledger", "there", "half there", "half gone"],
)
def test_a_retired_stack_is_taken_down_as_long_as_the_ledger_has_it(last: Applied | None, *, to_do: bool) -> None:
    found = retired("urban-v1.extranet.provider-b")
    done = plan([found], {found.stack: last} if last else {}, PROGRAM)
    assert bool(done.changed) is to_do


def test_a_stack_that_no_document_explains_is_named_and_left_alone() -> None:
    found = target("urban-v2.extranet.provider-b")
    done = plan([found], {"ghost.extranet.provider-a": Applied("sha256:x", PROGRAM, clean=True)}, PROGRAM)
    assert done.orphans == ("ghost.extranet.provider-a",)
    assert [t.stack for t in done.changed] == [found.stack]
