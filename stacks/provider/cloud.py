"""One cloud for one operation: its session, what exists there, and the waits that are shared."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

from stacks.provider.departure import Departures
from stacks.provider.index import Index
from stacks.provider.operation import Operation
from stacks.provider.poller import Poller
from stacks.provider.port_batch import PortBatch
from stacks.provider.precedence import Precedence
from stacks.provider.scope import OF_EVERY_PROJECT, Service
from stacks.provider.session import Answer, Item, Session, pick


class Cloud:
    """What the OpenStack resource types share."""

    def __init__(self, operation: Operation, precedence: Precedence | None = None) -> None:
        self.operation = operation
        self.session = Session(operation, precedence)
        self.index = Index(self.session)
        self.departures = Departures(operation, self.index)
        self.ports = PortBatch(self._make_ports)
        self._pollers: dict[tuple[Service, str], Poller] = {}
        self.later: list[Callable[[], Awaitable[None]]] = []
        """What can only be done once all deletes of the run are done."""
        self._beginning: asyncio.Task[None] | None = None
        self._foreseen: asyncio.Future[Any] | None = None

    def begin(self) -> None:
        """Log in, find the project and, after an unclean end, wait until all is still: while the engine boots."""
        if self._beginning is None:
            self._beginning = asyncio.ensure_future(self._begin())
            if self.operation.unclean:
                self.session.hold_writes_until(self._beginning)
            self._beginning.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def _begin(self) -> None:
        domain_id = await self.session.domain_id(self.operation.target.domain)
        project_id = await self.find_project(domain_id, self.operation.project_name)
        if project_id is not None:
            await self.session.open_project(project_id)
        if self.operation.unclean:
            await self._wait_until_still(domain_id, project_id)

    async def _wait_until_still(self, domain_id: str, project_id: str | None) -> None:
        if project_id is None:
            await asyncio.sleep(4.0)  # a project that was asked for may still appear
            project_id = await self.find_project(domain_id, self.operation.project_name)
        if project_id is not None:
            await self.index.wait_until_still(project_id)

    async def find_project(self, domain_id: str, name: str) -> str | None:
        """The id of the project of this name."""
        path = f"/projects?domain_id={domain_id}&name={quote(name, safe='')}"
        found = (await self.session.call(Service.IDENTITY, "GET", path)).body["projects"]
        return str(found[0]["id"]) if found else None

    async def look_for_leftovers(self) -> None:
        """After a run that followed an unclean end: whatever carries a key and is in no state."""
        domain_id = await self.session.domain_id(self.operation.target.domain)
        project_id = await self.find_project(domain_id, self.operation.project_name)
        if project_id is not None:
            await self.index.look_for_leftovers(project_id)

    def servers(self, project_id: str) -> Poller:
        """The waits for servers of the project."""
        return self._poller(Service.COMPUTE, project_id, "servers")

    def volumes(self, project_id: str) -> Poller:
        """The waits for volumes of the project."""
        return self._poller(Service.VOLUME, project_id, "volumes")

    def load_balancers(self, project_id: str) -> Poller:
        """The waits for load balancers of the project."""
        return self._poller(Service.LOAD_BALANCER, project_id, "loadbalancers")

    def _poller(self, service: Service, project_id: str, collection: str) -> Poller:
        if (service, project_id) not in self._pollers:
            fetch = partial(self._list, service, project_id, collection)
            self._pollers[service, project_id] = Poller(fetch, self.session.now_s)
        return self._pollers[service, project_id]

    async def _list(self, service: Service, project_id: str, collection: str, path: str) -> list[Item]:
        scope = None if service in OF_EVERY_PROJECT else project_id
        return await self.session.listed(service, path, collection, scope)

    async def _make_ports(self, bodies: Sequence[Item]) -> Sequence[Item]:
        answer = await self.session.call(
            Service.NETWORK, "POST", "/ports", {"ports": list(bodies)}, undisturbed=True, step="create:Port"
        )
        ports: Sequence[Item] = answer.body["ports"]
        return ports

    def interrupt(self) -> None:
        """End every wait: the engine was asked to stop."""
        for poller in self._pollers.values():
            poller.interrupt()
        self.session.interrupt()

    async def network_id(self, name: str) -> str:
        """The id of the external network of this name (or id)."""
        return await self.session.named_id(
            Service.NETWORK, "/networks?router%3Aexternal=True&fields=id&fields=name", "networks", name
        )

    def foresee_servers(self, project_id: str) -> None:
        """Ask what the project's servers will be made from while their ports are made; once, a refusal is forgotten."""
        if self._foreseen is None:
            self._foreseen = asyncio.gather(self._flavors(project_id), self._images(), return_exceptions=True)

    async def flavor_id(self, name: str, project_id: str) -> str:
        """The id of a flavor that the project may use."""
        return pick((await self._flavors(project_id)).body["flavors"], "flavors", name)

    async def _flavors(self, project_id: str) -> Answer:
        ask = partial(self.session.call, Service.COMPUTE, "GET", "/flavors", project_id=project_id)
        return await self.session.once(f"flavors of {project_id}", ask)

    async def image_id(self, name: str) -> str:
        """The id of the image of this name (or id)."""
        return pick((await self._images()).body["images"], "images", name)

    async def _images(self) -> Answer:
        path = "/images?status=active&limit=1000"
        return await self.session.once(path, partial(self.session.call, Service.IMAGE, "GET", path))
