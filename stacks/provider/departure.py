"""What leaves with its server, in a run that takes the whole stack away: it goes as soon as that server let go of it.

Pulumi deletes in waves. Ports and volumes would wait for the last server, and Neutron and Cinder have nothing to do
meanwhile.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from stacks.provider.cloud_error import CloudError
from stacks.provider.index import PORT, VOLUME, Index, Kind
from stacks.provider.operation import Operation
from stacks.provider.resource_type import Incomplete, Refused
from stacks.provider.session import Item

Leave = Callable[[str, str], Awaitable[None]]
"""Deletes the thing of a project with this id, and waits until it is gone."""


@dataclass(frozen=True, slots=True)
class Belonging:
    """A port or volume of a server."""

    kind: Kind
    id: str


class Departures:
    """The ports and volumes that went with their servers in this run."""

    def __init__(self, operation: Operation, index: Index) -> None:
        self._operation = operation
        self._index = index
        self._ways: dict[Kind, Leave] = {}
        self._gone: set[str] = set()

    def by(self, kind: Kind, leave: Leave) -> None:
        """Take it that things of this kind leave like this."""
        self._ways[kind] = leave

    def has_left(self, id_: str) -> bool:
        """Whether the thing went with its server already."""
        return id_ in self._gone

    async def belongings(self, project_id: str, server_id: str) -> tuple[Belonging, ...]:
        """What the server has and the state knows; nothing unless the run takes everything away."""
        if not self._operation.takes_everything:
            return ()
        volumes, ports = await asyncio.gather(*(self._index.first(kind, project_id) for kind in (VOLUME, PORT)))
        found = (
            *(Belonging(VOLUME, item["id"]) for item in volumes if server_id in _servers(item)),
            *(Belonging(PORT, item["id"]) for item in ports if item["device_id"] == server_id),
        )
        return tuple(one for one in found if one.id in self._operation.known_ids)

    async def see_off(self, project_id: str, belongings: Sequence[Belonging]) -> None:
        """Nothing; they are gone, or their own deletes, which follow, will tell why not."""
        await asyncio.gather(*(self._see_off(project_id, one) for one in belongings))

    async def _see_off(self, project_id: str, one: Belonging) -> None:
        try:
            await self._ways[one.kind](project_id, one.id)
        except (CloudError, Refused, Incomplete, TimeoutError):
            return
        self._gone.add(one.id)


def _servers(volume: Item) -> frozenset[str]:
    return frozenset(at["server_id"] for at in volume["attachments"])
