"""Ports and servers in the making, on a Neutron and a Nova that behave: what is in the way, late, or goes wrong."""

import asyncio
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from stacks.provider.cloud import Cloud
from stacks.provider.cloud_error import CloudError
from stacks.provider.index import Index
from stacks.provider.poller import Poller
from stacks.provider.port import Port
from stacks.provider.port_batch import PortBatch
from stacks.provider.precedence import Precedence
from stacks.provider.resource_type import Created, Incomplete, Inputs, Refused
from stacks.provider.scope import Scope, Service
from stacks.provider.server import Server
from stacks.provider.session import Answer, Item, Request, Session
from tests.unit.stacks.provider.test_servicer import operation

PROJECT = "p-1"
LABELS = {"unit": "health", "system": "hall", "zone": "internet", "provider": "a", "document": "d"}
IN_USE = "IP address is already allocated in subnet s-1"
NO_ROOM = "Quota exceeded for resources: ['port']."


class Order(Precedence):
    """Notes which writes wanted to go undisturbed."""

    def __init__(self) -> None:
        super().__init__()
        self.undisturbed: list[bool] = []

    @asynccontextmanager
    async def turn(self, *, undisturbed: bool = False) -> AsyncIterator[None]:
        self.undisturbed.append(undisturbed)
        yield


@dataclass
class Openstack:
    """A project's ports and one server. `at_work`: a killed run's request, which holds its addresses and quota.

    Its ports can be listed after `looks_until_done` lists. `broken`: the server goes to ERROR; `list_fails`: the list
    of servers in error does not answer.
    """

    ports: list[Item] = field(default_factory=list)
    at_work: list[Item] = field(default_factory=list)
    looks_until_done: int = 0
    room: int = 100
    broken: bool = False
    list_fails: bool = False
    said: list[str] = field(default_factory=list)
    _one: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: Request) -> Mapping[str, Any]:
        with self._one:
            path = request.path.partition("?")[0]
            self.said.append(f"{request.method} {path}")
            match request.method, path:
                case "POST", "/ports":
                    return {"ports": self._made(request.body["ports"])}
                case "POST", "/servers":
                    return {"server": {"id": "s-1"}}
                case "GET", _:
                    return {path.split("/")[1]: self._list_at(path)}
                case _:
                    return {}

    def _list_at(self, path: str) -> list[Item]:
        match path:
            case "/ports":
                return self._listed()
            case "/servers/detail":
                return self._in_error()
            case "/servers":
                # asked for as ACTIVE, and in whatever state once it is deleted
                gone = self.broken or "DELETE /servers/s-1" in self.said
                return [] if gone else [{"id": "s-1"}]
            case _:
                return [{"id": "one", "name": "one"}]

    def _listed(self) -> list[Item]:
        if self.at_work and self.looks_until_done == 0:
            self.ports += self.at_work
            self.at_work = []
        self.looks_until_done -= 1
        return list(self.ports)

    def _made(self, bodies: list[Item]) -> list[Item]:
        held = [*self.ports, *self.at_work]
        if len(held) + len(bodies) > self.room:
            raise CloudError(409, NO_ROOM, "POST network /ports")
        if {_address(item) for item in held} & {_address(body) for body in bodies}:
            raise CloudError(409, IN_USE, "POST network /ports")
        made: list[Item] = [{**body, "id": f"made-{_address(body)}"} for body in bodies]
        self.ports += made
        return made

    def _in_error(self) -> list[Item]:
        if self.list_fails:
            raise CloudError(500, "Neutron is away", "GET compute /servers/detail")
        item = {"id": "s-1", "status": "ERROR", "OS-EXT-STS:task_state": None, "fault": {"message": "No valid host"}}
        return [item] if self.broken else []


def _address(item: Item) -> str:
    return str(item["fixed_ips"][0]["ip_address"])


def on(openstack: Openstack, *, unclean: bool = False, order: Precedence | None = None) -> Cloud:
    class Told(Session):
        async def _scope(self, who: object) -> Scope:
            del who
            return cast("Scope", None)

        def _send(self, scope: Scope, request: Request) -> Answer:
            del scope
            return Answer(200, "", openstack.answer(request))

    cloud = Cloud(replace(operation(), unclean=unclean))
    cloud.session = Told(cloud.operation, order)
    cloud.index = Index(cloud.session)
    cloud.ports = PortBatch(cloud._make_ports)

    async def listed(path: str) -> list[Item]:
        return await cloud.session.listed(Service.COMPUTE, path, "servers", PROJECT)

    cloud._pollers[Service.COMPUTE, PROJECT] = Poller(listed, lambda: 0.0, tick_s=0.001)
    return cloud


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stacks.provider.port._LATE_PAUSES_S", (0.0, 0.0, 0.0))


def port(number: int) -> Inputs:
    return {
        "project_id": PROJECT,
        "name": f"web-{number}",
        "network_id": "n-1",
        "subnet_id": "s-1",
        "address": f"10.0.0.{number}",
        "security_group_ids": ["g-1"],
        "qos_policy_id": "q-1",
        "labels": LABELS,
    }


KEYS = tuple(f"gc-{number:024x}" for number in range(40))


async def wanted_of(cloud: Cloud, number: int) -> Item:
    return {**await Port(cloud)._create_body(KEYS[number], port(number)), "id": f"late-{number}"}


async def made(cloud: Cloud, *numbers: int) -> list[Created | BaseException]:
    type_ = Port(cloud)
    return list(
        await asyncio.gather(*(type_.create(KEYS[n], port(n)) for n in numbers), return_exceptions=True),
    )


async def test_ports_go_undisturbed() -> None:
    order, openstack = Order(), Openstack()
    cloud = on(openstack, order=order)
    await made(cloud, 1, 2, 3)
    assert (openstack.said.count("POST /ports"), order.undisturbed) == (1, [True])


async def test_ports_whose_killed_request_is_still_at_work_are_taken_over_beside_new_ones() -> None:
    openstack = Openstack(looks_until_done=2)
    cloud = on(openstack)
    openstack.at_work = [await wanted_of(cloud, number) for number in (1, 2)]
    ends = await made(cloud, 1, 2, 3)
    assert [end.id for end in ends if isinstance(end, Created)] == ["late-1", "late-2", "made-10.0.0.3"]
    assert {found.id for found in cloud.index.adopted} == {"late-1", "late-2"}
    assert cloud.index.leftovers == []


async def test_a_late_port_is_as_it_is_wanted_now_before_it_is_taken_over() -> None:
    openstack = Openstack(looks_until_done=1)
    cloud = on(openstack)
    openstack.at_work = [{**await wanted_of(cloud, 1), "name": "as-it-was-wanted-then"}]
    await made(cloud, 1)
    assert openstack.said[-1] == "PUT /ports/late-1"


async def test_an_address_that_somebody_elses_port_has_stays_refused_and_that_port_is_left_alone() -> None:
    openstack = Openstack()
    cloud = on(openstack)
    openstack.ports = [{**await wanted_of(cloud, 1), "description": "made by hand"}]
    ends = await made(cloud, 1, 2)
    assert isinstance(ends[0], CloudError)
    assert IN_USE in str(ends[0])
    assert [end.id for end in ends if isinstance(end, Created)] == ["made-10.0.0.2"]
    assert cloud.index.adopted == []


async def test_an_orphan_with_another_address_is_told_as_left_over_once() -> None:
    openstack = Openstack()
    cloud = on(openstack)
    stray = await wanted_of(cloud, 1)
    openstack.ports = [
        {**stray, "id": "stray", "fixed_ips": [*stray["fixed_ips"], {"subnet_id": "v6", "ip_address": "::1"}]}
    ]
    (end,) = await made(cloud, 1)
    assert isinstance(end, CloudError)
    assert [left.id for left in cloud.index.leftovers] == ["stray"]


async def test_a_quota_without_room_is_told_at_once_and_after_an_unclean_end_only_if_no_late_port_filled_it() -> None:
    full = Openstack(room=0)
    (end,) = await made(on(full), 1)
    assert isinstance(end, CloudError)
    assert end.over_quota
    assert full.said.count("POST /ports") == 1
    late = Openstack(room=1, looks_until_done=2)
    cloud = on(late, unclean=True)
    late.at_work = [await wanted_of(cloud, 1)]
    (taken,) = await made(cloud, 1)
    assert isinstance(taken, Created)
    assert taken.id == "late-1"


async def test_one_port_that_is_refused_among_many_costs_few_requests() -> None:
    openstack = Openstack()
    cloud = on(openstack, unclean=True)
    openstack.ports = [{**await wanted_of(cloud, 5), "description": "made by hand"}]
    ends = await made(cloud, *range(32))
    assert [number for number, end in enumerate(ends) if isinstance(end, CloudError)] == [5]
    assert openstack.said.count("POST /ports") == 1 + 2 * 5 + 3


def in_new_project(openstack: Openstack) -> Server:
    cloud = on(openstack)
    cloud.index.made_project(PROJECT)
    return Server(cloud)


def server() -> Inputs:
    return {
        "project_id": PROJECT,
        "name": "web-1",
        "flavor": "one",
        "image": "one",
        "port_id": "port-1",
        "power": "running",
        "labels": LABELS,
    }


async def test_a_server_runs_once_nova_lists_it_as_active() -> None:
    assert await in_new_project(Openstack()).create(KEYS[0], server()) == Created("s-1")


async def test_a_server_that_goes_to_error_as_it_begins_is_told_with_its_fault_and_is_gone() -> None:
    openstack = Openstack(broken=True)
    with pytest.raises(Refused, match="No valid host"):
        await in_new_project(openstack).create(KEYS[0], server())
    assert "DELETE /servers/s-1" in openstack.said


async def test_where_the_list_of_servers_in_error_never_answers_the_wait_ends_though_other_lists_go_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("stacks.provider.server._ERRORS_EVERY", 2)
    openstack = Openstack(broken=True, list_fails=True)
    with pytest.raises(Incomplete, match="Neutron is away") as told:
        await asyncio.wait_for(in_new_project(openstack).create(KEYS[0], server()), 60)
    assert told.value.id == "s-1"
