"""What leaves with its server: only of a stack that goes as a whole, only what the state knows, and no error hidden."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import pytest

from stacks.provider.cloud_error import CloudError
from stacks.provider.departure import Departures
from stacks.provider.index import PORT, VOLUME, Index, Kind
from stacks.provider.operation import Operation
from tests.unit.stacks.provider.test_servicer import operation

LISTED: Mapping[Kind, Sequence[Mapping[str, Any]]] = {
    VOLUME: [
        {"id": "boot-1", "attachments": [{"server_id": "s1"}]},
        {"id": "data-1", "attachments": [{"server_id": "s1"}]},
        {"id": "foreign", "attachments": [{"server_id": "s1"}]},
        {"id": "boot-2", "attachments": [{"server_id": "s2"}]},
        {"id": "loose", "attachments": []},
    ],
    PORT: [{"id": "port-1", "device_id": "s1"}, {"id": "port-2", "device_id": "s2"}, {"id": "spare", "device_id": ""}],
}
KNOWN = frozenset({"boot-1", "data-1", "boot-2", "loose", "port-1", "port-2", "spare", "s1", "s2"})


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
