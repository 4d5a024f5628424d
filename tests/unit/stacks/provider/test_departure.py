"""What leaves early: only of a stack that goes as a whole, only what the state knows, and no error hidden."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import pytest

from stacks.provider.cloud_error import CloudError
from stacks.provider.departure import Departures
from stacks.provider.index import PORT, ROUTER, ROUTER_LEG, VOLUME, Index, Kind
from stacks.provider.operation import Operation
from tests.unit.stacks.provider.test_servicer import operation

LEG = {"device_owner": "network:router_interface"}
LISTED: Mapping[Kind, Sequence[Mapping[str, Any]]] = {
    VOLUME: [
        {"id": "boot-1", "attachments": [{"server_id": "s1"}]},
        {"id": "data-1", "attachments": [{"server_id": "s1"}]},
        {"id": "foreign", "attachments": [{"server_id": "s1"}]},
        {"id": "boot-2", "attachments": [{"server_id": "s2"}]},
        {"id": "loose", "attachments": []},
    ],
    PORT: [
        {"id": "port-1", "device_id": "s1", "device_owner": "compute:nova"},
        {"id": "port-2", "device_id": "s2", "device_owner": "compute:nova"},
        {"id": "spare", "device_id": "", "device_owner": ""},
        {"id": "leg", **LEG, "device_id": "r1", "fixed_ips": [{"subnet_id": "n1"}]},
        {"id": "leg-of-another", **LEG, "device_id": "r2", "fixed_ips": [{"subnet_id": "n1"}]},
    ],
}
KNOWN = frozenset(
    {*("boot-1", "data-1", "boot-2", "loose", "port-1", "port-2", "spare", "s1", "s2"), "r1/n1", "r1", "r2"}
)


class Lists:
    """An index that was asked once."""

    async def first(self, kind: Kind, _project_id: str) -> Sequence[Mapping[str, Any]]:
        return LISTED[kind]


def departures(given: Operation) -> Departures:
    return Departures(given, cast("Index", Lists()))


@pytest.fixture
def whole() -> Operation:
    return replace(operation(), known_ids=KNOWN, takes_everything=True)


async def test_what_the_server_has_and_the_state_knows_leaves_with_it_once(whole: Operation) -> None:
    left: list[str] = []

    async def leave(_project_id: str, id_: str) -> None:
        left.append(id_)

    here = departures(whole)
    here.by(VOLUME, leave)
    here.by(PORT, leave)
    await here.see_off("p", await here.belongings("p", "s1"))
    assert sorted(left) == ["boot-1", "data-1", "port-1"]
    assert [here.has_left(id_) for id_ in ("boot-1", "data-1", "port-1")] == [True] * 3
    assert not any(here.has_left(id_) for id_ in ("foreign", "boot-2", "loose", "port-2", "spare"))


async def test_a_stack_that_stays_lets_nothing_leave_with_a_server(whole: Operation) -> None:
    assert await departures(replace(whole, takes_everything=False)).belongings("p", "s1") == ()


async def test_what_could_not_leave_is_left_to_its_own_delete_which_tells_why(whole: Operation) -> None:
    async def refuse(_project_id: str, id_: str) -> None:
        if id_ != "boot-1":
            raise CloudError(500, "broken", f"deleting {id_}")

    here = departures(whole)
    here.by(VOLUME, refuse)
    here.by(PORT, refuse)
    await here.see_off("p", await here.belongings("p", "s1"))
    assert [here.has_left(id_) for id_ in ("boot-1", "data-1", "port-1")] == [True, False, False]


async def deleted(here: Departures, *answered: asyncio.Event) -> None:
    """Public addresses that are deleted side by side, each gone when its event is set."""

    async def delete(event: asyncio.Event) -> None:
        async with here.address_going("p"):
            await event.wait()

    await asyncio.gather(*(delete(event) for event in answered))


async def settled() -> None:
    """Every task has gone as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_the_way_out_closes_with_the_last_public_address_first_the_leg_then_the_router(whole: Operation) -> None:
    left: list[str] = []

    async def leave(_project_id: str, id_: str) -> None:
        left.append(id_)

    here = departures(whole)
    here.by(ROUTER_LEG, leave)
    here.by(ROUTER, leave)
    first, last = asyncio.Event(), asyncio.Event()
    going = asyncio.create_task(deleted(here, first, last))
    await settled()
    first.set()
    await settled()
    assert left == []
    last.set()
    await going
    assert left == ["r1/n1", "r1"], "the leg that the state does not know stays"
    assert here.has_left("r1/n1")
    assert here.has_left("r1")


async def test_a_router_stays_whose_leg_could_not_go(whole: Operation) -> None:
    async def refuse(_project_id: str, id_: str) -> None:
        raise CloudError(409, "in use", f"deleting {id_}")

    here = departures(whole)
    here.by(ROUTER_LEG, refuse)
    here.by(ROUTER, refuse)
    gone = asyncio.Event()
    gone.set()
    await deleted(here, gone)
    assert not here.has_left("r1/n1")
    assert not here.has_left("r1")


async def test_an_address_of_a_stack_that_stays_or_that_could_not_go_closes_no_way(whole: Operation) -> None:
    stays = departures(replace(whole, takes_everything=False))
    gone = asyncio.Event()
    gone.set()
    await deleted(stays, gone)
    assert not stays.has_left("r1/n1")

    here = departures(whole)
    with pytest.raises(CloudError):
        async with here.address_going("p"):
            raise CloudError(500, "broken", "deleting the address")
    assert not here.has_left("r1/n1")
