"""What leaves early in a run that takes the whole stack away: as soon as what used it let go of it.

Pulumi deletes in waves. Ports, volumes and the way out would wait for the last server, and Neutron and Cinder have
nothing to do meanwhile.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from stacks.provider.cloud_error import CloudError
from stacks.provider.index import PORT, ROUTER, ROUTER_LEG, VOLUME, Index, Kind
from stacks.provider.operation import Operation
from stacks.provider.resource_type import Incomplete, Refused
from stacks.provider.session import Item

LEG_OWNERS: Final = ("network:router_interface", "network:ha_router_replicated_interface")
Leave = Callable[[str, str], Awaitable[None]]
"""Deletes the thing of a project with this id, and waits until it is gone."""


@dataclass(frozen=True, slots=True)
class Belonging:
    """A port or volume of a server, or a router or its leg behind the last public address."""

    kind: Kind
    id: str


class Departures:
    """What went with its server or with the last public address in this run."""

    def __init__(self, operation: Operation, index: Index) -> None:
        self._operation = operation
        self._index = index
        self._ways: dict[Kind, Leave] = {}
        self._gone: set[str] = set()
        self._addresses_going = 0

    def by(self, kind: Kind, leave: Leave) -> None:
        """Take it that things of this kind leave like this."""
        self._ways[kind] = leave

    def has_left(self, id_: str) -> bool:
        """Whether the thing went already."""
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

    @asynccontextmanager
    async def address_going(self, project_id: str) -> AsyncIterator[None]:
        """While a public address is deleted. With the last of them the legs of the routers go, then the routers."""
        if not self._operation.takes_everything:
            yield
            return
        self._addresses_going += 1
        try:
            yield
        finally:
            self._addresses_going -= 1
        if not self._addresses_going:
            legs = await self._legs(project_id)
            await asyncio.gather(*(self._close_way_out(project_id, leg) for leg in legs))

    async def _legs(self, project_id: str) -> tuple[Belonging, ...]:
        ports = (port for port in await self._index.first(PORT, project_id) if port["device_owner"] in LEG_OWNERS)
        ids = (f"{port['device_id']}/{at['subnet_id']}" for port in ports for at in port["fixed_ips"])
        return tuple(Belonging(ROUTER_LEG, id_) for id_ in ids if id_ in self._operation.known_ids)

    async def _close_way_out(self, project_id: str, leg: Belonging) -> None:
        await self._see_off(project_id, leg)
        router = leg.id.partition("/")[0]
        if self.has_left(leg.id) and router in self._operation.known_ids:
            await self._see_off(project_id, Belonging(ROUTER, router))

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
