"""Cinder's count of a fresh project stays right although its first volumes are made at the same time."""

from dataclasses import replace

import grpc
import pytest

from stacks.program.build import build
from stacks.spec import Volume
from tests.integration.provider.conftest import Case, Make, Sandbox
from tests.integration.provider.play import Run
from tests.integration.provider.stack_spec import quota

pytestmark = [
    pytest.mark.cloud,
    # the SDK calls its own deprecated methods
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]
TYPES = ("standard", "high_performance")
ROOM = 8
QUOTA = replace(quota(0), volumes=ROOM, block_gib=ROOM, block_gib_by_type=tuple((type_, ROOM) for type_ in TYPES))


async def in_use_and_reserved(case: Case, sandbox: Sandbox, volumes: int) -> tuple[Run, list[tuple[int, int]]]:
    """A run that makes the volumes of both types in a fresh project, and Cinder's count of volumes and GiB after it."""
    wanted = tuple(Volume(f"{type_}-{number}", 1, type_) for number in range(volumes // 2) for type_ in TYPES)
    case.spec = replace(case.spec, quota=QUOTA, kept_volumes=wanted)
    made = await case.stack.up(build(case.spec))
    asked = sandbox.admin.block_storage.get(f"/os-quota-sets/{case.project_id}?usage=True").json()["quota_set"]
    return made, [(asked[name]["in_use"], asked[name]["reserved"]) for name in ("volumes", "gigabytes")]


@pytest.mark.parametrize("_attempt", range(3))
async def test_volumes_that_fill_the_quota_exactly_are_all_made_and_nothing_stays_reserved(
    make: Make, sandbox: Sandbox, _attempt: int
) -> None:
    made, counted = await in_use_and_reserved(make(0), sandbox, ROOM)
    assert {name: error.details() for name, error in made.errors.items()} == {}
    assert counted == [(ROOM, 0), (ROOM, 0)]


@pytest.mark.parametrize("_attempt", range(3))
async def test_of_more_volumes_than_the_quota_has_room_for_exactly_those_with_room_are_made(
    make: Make, sandbox: Sandbox, _attempt: int
) -> None:
    made, counted = await in_use_and_reserved(make(0), sandbox, ROOM + 6)
    assert {error.code() for error in made.errors.values()} == {grpc.StatusCode.RESOURCE_EXHAUSTED}
    assert counted == [(ROOM, 0), (ROOM, 0)]
