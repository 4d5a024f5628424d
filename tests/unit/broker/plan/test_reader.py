"""Who reads a bucket at an instant, from the documents' words to the resource's input."""

from dataclasses import replace
from datetime import date

import pytest

from broker.documents.layout import BucketLayout
from broker.estate.fold import fold
from broker.estate.platform import platform_of
from broker.estate.system import Estate, Lifecycle, System
from broker.plan.reader import readers_of
from broker.plan.stack import stack_specs
from stacks.program.build import build
from stacks.spec import Reader
from tests.fixtures import demo_district as demo

NOW = demo.at("2026-11-23T12:00")
KNOWN = demo.registry()
ESTATE = fold(KNOWN.filed, demo.admissions(KNOWN, NOW), NOW)
READER = Reader("haitang", "grid-governance")
SHARED = BucketLayout(name="objects", quota_gib=1, readers=(READER.system,))


def system(id_: str) -> System:
    found = ESTATE.system(id_)
    assert found is not None
    return found


def with_system(changed: System) -> Estate:
    return replace(ESTATE, systems=tuple(changed if s.id == changed.id else s for s in ESTATE.systems))


def readers(owner: System | None = None, reader: System | None = None) -> tuple[Reader, ...]:
    """Of the shared bucket of urban-v2, were these two like this."""
    estate = with_system(reader) if reader else ESTATE
    return readers_of(SHARED, owner or system("urban-v2"), "extranet", estate)


def test_a_running_system_with_buckets_on_the_same_cloud_reads() -> None:
    assert readers() == (READER,)


@pytest.mark.parametrize(
    "stage", [stage for stage in Lifecycle if stage not in {"testing", "trial", "accepted", "production"}]
)
def test_neither_side_reads_or_is_read_before_it_runs_while_it_stands_still_and_once_it_leaves(
    stage: Lifecycle,
) -> None:
    assert readers(reader=replace(system(READER.system), lifecycle=stage)) == ()
    assert readers(owner=replace(system("urban-v2"), lifecycle=stage)) == ()


def test_nobody_reads_once_the_time_of_the_readers_test_resources_is_over() -> None:
    testing = replace(system(READER.system), lifecycle=Lifecycle.TESTING, live_from=None, test_until=date(2026, 11, 23))
    assert readers(reader=testing) == (READER,)
    assert readers(reader=replace(testing, test_until=date(2026, 11, 22))) == ()


def test_a_reader_whose_buckets_on_the_cloud_are_gone_is_named_no_more() -> None:
    reader = system(READER.system)
    (deployment,) = reader.deployments
    assert readers(reader=reader.with_deployment(replace(deployment, buckets=()))) == ()
    assert readers(reader=reader.with_deployment(replace(deployment, subnet=None))) == ()
    assert readers(reader=replace(reader, deployments=())) == ()
    assert readers(reader=replace(reader, provider="provider-a")) == ()


def test_a_name_that_no_system_has_is_left_out() -> None:
    unknown = SHARED.model_copy(update={"readers": ("nobody",)})
    assert readers_of(unknown, system("urban-v2"), "extranet", ESTATE) == ()


def test_readers_reach_the_bucket_in_one_order_and_leave_their_own_stacks_as_they_are() -> None:
    owner = system("urban-v2")
    (deployment,) = owner.deployments
    bucket = deployment.buckets[0].model_copy(update={"readers": ("chronic-followup", READER.system)})
    after = with_system(owner.with_deployment(replace(deployment, buckets=(bucket,))))
    platform = platform_of(KNOWN)
    before_by_name = {spec.name: spec for spec in stack_specs(ESTATE, platform)}
    changed = [spec for spec in stack_specs(after, platform) if spec != before_by_name[spec.name]]
    assert [spec.system for spec in changed] == ["urban-v2"]
    [resource] = [r for r in build(changed[0]) if r.type == "govcloud:ceph:Bucket"]
    assert resource.properties["readers"] == [
        "haitang$grid-governance-extranet",
        "health$chronic-followup-extranet",
    ]
