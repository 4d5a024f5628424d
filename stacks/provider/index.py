"""What exists already: one list per kind and operation, never one look-up per resource."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from stacks.provider.cloud_error import CloudError
from stacks.provider.key import is_key, key_in
from stacks.provider.scope import OF_EVERY_PROJECT, Service
from stacks.provider.session import Item, Session, instant

STILL_AFTER_S: Final = 4.0
"""A dead process's last request was seen to land this late; nothing is written before.

A request for many ports may land later: those are taken over where they are in the way (`Index.find_late`).
"""
_STILL_LIMIT_S: Final = 30.0
_STILL_PAUSE_S: Final = 1.0
_GATHER_S: Final = 0.01
_UNAUTHORISED: Final = 401
_FORBIDDEN: Final = 403
_ENDED: Final = frozenset({"DELETED", "SOFT_DELETED"})
_PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class Kind:
    """A listable kind of thing in a project."""

    name: str
    service: Service
    path: str
    collection: str
    key: Callable[[Item], str] = field(default=lambda item: key_in(item.get("description")), compare=False)
    fields: tuple[str, ...] = ()
    only: str = ""
    """What else the list is narrowed by, where it is one in pages."""

    def listing(self, project_id: str) -> str:
        """The path that lists the project's things of this kind."""
        if self.service in OF_EVERY_PROJECT:
            # the admin token sees every project
            wanted = "".join(f"&fields={name}" for name in self.fields)
            return f"{self.path}?project_id={project_id}{wanted}"
        return f"{self.path}?limit={_PAGE}{self.only}"


def _server_key(item: Item) -> str:
    return next((tag for tag in item.get("tags", ()) if is_key(tag)), "")


def _volume_key(item: Item) -> str:
    return str(item.get("metadata", {}).get("gc_key", ""))


NETWORK = Kind("Network", Service.NETWORK, "/networks", "networks")
SUBNET = Kind("Subnet", Service.NETWORK, "/subnets", "subnets")
ROUTER = Kind("Router", Service.NETWORK, "/routers", "routers")
SECURITY_GROUP = Kind("SecurityGroup", Service.NETWORK, "/security-groups", "security_groups")
QOS_POLICY = Kind("QosPolicy", Service.NETWORK, "/qos/policies", "policies")
FLOATING_IP = Kind("FloatingIp", Service.NETWORK, "/floatingips", "floatingips")
PORT = Kind(
    "Port",
    Service.NETWORK,
    "/ports",
    "ports",
    fields=(
        *("id", "description", "name", "network_id", "device_id", "device_owner"),
        *("security_groups", "qos_policy_id", "fixed_ips", "status"),
    ),
)
ROUTER_LEG = Kind("RouterInterface", Service.NETWORK, PORT.path, PORT.collection)
"""Told by its port; it has no key of its own, router and subnet are its natural one."""
SERVER = Kind("Server", Service.COMPUTE, "/servers/detail", "servers", _server_key)
_NAMED_SERVER: Final = Kind(SERVER.name, Service.COMPUTE, "/servers", "servers")
"""As id and name: of three hundred servers Nova lists these in 0.4 s, and all details in 2.4 to 3.3 s."""
VOLUME = Kind("Volume", Service.VOLUME, "/volumes/detail", "volumes", _volume_key)
LOAD_BALANCER = Kind("LoadBalancer", Service.LOAD_BALANCER, "/lbaas/loadbalancers", "loadbalancers")
LISTENER = Kind("Listener", Service.LOAD_BALANCER, "/lbaas/listeners", "listeners")
POOL = Kind("Pool", Service.LOAD_BALANCER, "/lbaas/pools", "pools")
MONITOR = Kind("HealthMonitor", Service.LOAD_BALANCER, "/lbaas/healthmonitors", "healthmonitors")
KINDS: Final = (NETWORK, SUBNET, ROUTER, SECURITY_GROUP, QOS_POLICY, FLOATING_IP, PORT, SERVER, VOLUME)


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something that carries a key of ours and that no state knows. It is reported; nothing here deletes it."""

    kind: str
    id: str
    key: str


def is_unchanged(server: Item) -> bool:
    """Whether the server is listed by id and name alone, for Nova tells of no change (`Index.servers_since_s`)."""
    return "status" not in server


class Index:
    """Lists of one operation: for adoption the first one, for reading one begun after the reader came.

    What a create finds in its way is looked for in one of the latter, too (`find_late`).
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known = set(session.operation.known_ids)
        self._fresh: set[str] = set()
        self._first: dict[tuple[Kind, str], asyncio.Task[Sequence[Item]]] = {}
        self._next: dict[tuple[Kind, str], asyncio.Task[Sequence[Item]]] = {}
        self._listing: dict[tuple[Kind, str], asyncio.Lock] = {}
        self._latest: dict[tuple[Kind, str], Sequence[Item]] = {}
        self.servers_by_broker: frozenset[str] = frozenset()
        """Projects whose servers the broker's own token lists: no other is shown what they were first booted with."""
        self.servers_since_s: float | None = None
        """Servers that Nova has not changed since then, by the cloud's clock, are listed by id and name alone."""
        self.servers_at_s: float | None = None
        """By the cloud's clock, when servers were first listed."""
        self.closed: set[str] = set()
        """Projects to which the broker's own account was not let in: their lists are told as empty."""
        self.adopted: list[Leftover] = []
        self.leftovers: list[Leftover] = []

    @property
    def _kinds(self) -> tuple[Kind, ...]:
        """All that may carry a key; load balancers only where the cloud has a service for them."""
        balanced = self._session.operation.target.load_balancing
        return (*KINDS, LOAD_BALANCER) if balanced else KINDS

    @property
    def unchanged_servers(self) -> frozenset[str]:
        """Ids of the servers that were last listed by id and name alone."""
        lists = (items for (kind, _), items in self._latest.items() if kind is SERVER)
        return frozenset(str(item["id"]) for items in lists for item in items if is_unchanged(item))

    def know(self, id_: str) -> None:
        """Take it that the state knows this id now."""
        self._known.add(id_)

    def made_project(self, project_id: str) -> None:
        """Take it that nothing can exist in this project: it was made just now, by a run that follows a clean end."""
        if not self._session.operation.unclean:
            self._fresh.add(project_id)

    def is_fresh(self, project_id: str) -> bool:
        """Whether nothing can exist in the project but what this operation makes."""
        return project_id in self._fresh

    async def find(
        self, kind: Kind, project_id: str, key: str, fits: Callable[[Item], bool] = lambda _item: True
    ) -> Item | None:
        """The oldest thing that has the key, is not in the state and fits: an orphan of a run that did not end."""
        if self.is_fresh(project_id):
            return None
        return self._choose(kind, key, await self.first(kind, project_id), fits)

    async def find_late(self, kind: Kind, project_id: str, key: str, fits: Callable[[Item], bool]) -> Item | None:
        """As `find`, but among what is there now: a killed run's request may have taken effect after the first list."""
        return self._choose(kind, key, (await self.current(kind, project_id)).values(), fits)

    def _choose(self, kind: Kind, key: str, items: Iterable[Item], fits: Callable[[Item], bool]) -> Item | None:
        found = (item for item in items if kind.key(item) == key)
        orphans = sorted((item for item in found if item["id"] not in self._known), key=_age)
        chosen = next((item for item in orphans if fits(item)), None)
        told = {leftover.id for leftover in self.leftovers}
        others = (item for item in orphans if item is not chosen and item["id"] not in told)
        self.leftovers += [Leftover(kind.name, item["id"], key) for item in others]
        if chosen is not None:
            self.adopt(kind.name, chosen["id"], key)
        return chosen

    def adopt(self, kind: str, id_: str, key: str) -> None:
        """Note that something was taken over."""
        self.know(id_)
        self.adopted.append(Leftover(kind, id_, key))

    async def first(self, kind: Kind, project_id: str) -> Sequence[Item]:
        """All things of the kind as they were when this operation first asked."""
        task = self._first.get((kind, project_id))
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            task = self._first[kind, project_id] = asyncio.ensure_future(self._list(kind, project_id))
        return await asyncio.shield(task)

    async def current(self, kind: Kind, project_id: str) -> Mapping[str, Item]:
        """All things of the kind by id, from a list that began after this call: those who ask together share it."""
        task = self._next.get((kind, project_id))
        if task is None:
            task = self._next[kind, project_id] = asyncio.ensure_future(self._list_soon(kind, project_id))
        return {str(item["id"]): item for item in await asyncio.shield(task)}

    async def latest(self, kind: Kind, project_id: str) -> Sequence[Item]:
        """All things of the kind as this operation last saw them; listed now if it never did."""
        known = self._latest.get((kind, project_id))
        return await self._list(kind, project_id) if known is None else known

    async def _list_soon(self, kind: Kind, project_id: str) -> Sequence[Item]:
        # while one list runs, those who come meanwhile gather for the next: they may not be told what was before them
        async with self._listing.setdefault((kind, project_id), asyncio.Lock()):
            await asyncio.sleep(_GATHER_S)
            del self._next[kind, project_id]
            return await self._list(kind, project_id)

    async def _list(self, kind: Kind, project_id: str) -> Sequence[Item]:
        items = await (self._servers(project_id) if kind is SERVER else self._inside(kind, project_id))
        if items is None:
            return ()
        self._latest[kind, project_id] = items
        return items

    async def _servers(self, project_id: str) -> Sequence[Item] | None:
        """All servers, in full or by id and name; None as `_inside`."""
        began_s = time.monotonic()
        if self.servers_since_s is None:
            items = await self._of_compute(SERVER, project_id)
        else:
            items = await self._changed_servers(project_id, self.servers_since_s)
        if self.servers_at_s is None:
            # the cloud's clock is known by the second, from the answer
            self.servers_at_s = self._session.now_s() - (time.monotonic() - began_s) - 1
        return items

    async def _changed_servers(self, project_id: str, since_s: float) -> Sequence[Item] | None:
        kinds = (_NAMED_SERVER, replace(SERVER, only=f"&changes-since={instant(since_s)}"))
        there, changed = await asyncio.gather(*(self._of_compute(kind, project_id) for kind in kinds))
        if there is None or changed is None:
            return None
        full = {item["id"]: item for item in changed}
        items = [full.get(item["id"], item) for item in there]
        return [item for item in items if item.get("status") not in _ENDED]  # between the two lists

    async def _of_compute(self, kind: Kind, project_id: str) -> Sequence[Item] | None:
        items = await self._by_broker(kind, project_id)
        return await self._inside(kind, project_id) if items is None else items

    async def _inside(self, kind: Kind, project_id: str) -> Sequence[Item] | None:
        """The list as the kind is listed; None where the broker is not let in to the project."""
        scope = None if kind.service in OF_EVERY_PROJECT else project_id
        try:
            return await self._session.listed(kind.service, kind.listing(project_id), kind.collection, scope)
        except CloudError as error:
            # Killed between a project and the grant in it: without a token nothing of ours can be there.
            if scope is None or error.status != _UNAUTHORISED:
                raise
            self.closed.add(project_id)
            return None

    async def _by_broker(self, kind: Kind, project_id: str) -> Sequence[Item] | None:
        """The list by the broker's own token; None where another is to list it, or the cloud's rules do not let it."""
        if project_id not in self.servers_by_broker:
            return None
        path = f"{kind.listing(project_id)}&all_tenants=1&project_id={project_id}"
        try:
            return await self._session.listed(kind.service, path, kind.collection)
        except CloudError as error:
            if error.status != _FORBIDDEN:
                raise
            return None

    async def wait_until_still(self, project_id: str) -> None:
        """Look until two lists in a row agree and STILL_AFTER_S have passed; what is there then is what `find` sees."""
        began_s, before = time.monotonic(), None
        while time.monotonic() - began_s < _STILL_LIMIT_S:
            now = await self._ids(project_id)
            if now == before and time.monotonic() - began_s >= STILL_AFTER_S:
                return
            before = now
            await asyncio.sleep(_STILL_PAUSE_S)

    async def _ids(self, project_id: str) -> Mapping[str, frozenset[str]]:
        self._first.clear()
        kinds = self._kinds
        lists = await asyncio.gather(*(self.first(kind, project_id) for kind in kinds))
        return {kind.name: frozenset(item["id"] for item in items) for kind, items in zip(kinds, lists, strict=True)}

    async def look_for_leftovers(self, project_id: str) -> None:
        """Add to `leftovers` whatever carries a key now and is in no state."""
        seen, kinds = {leftover.id for leftover in self.leftovers}, self._kinds
        lists = await asyncio.gather(*(self._list(kind, project_id) for kind in kinds))
        for kind, items in zip(kinds, lists, strict=True):
            for item in items:
                if kind.key(item) and item["id"] not in self._known | seen:
                    self.leftovers.append(Leftover(kind.name, item["id"], kind.key(item)))


def _age(item: Item) -> tuple[str, Any]:
    return str(item.get("created_at") or item.get("created") or ""), item["id"]
