"""Servers of which Nova tells no change are compared by their name alone, before a Nova that keeps its own clock."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.provider.ceph import Gateway
from stacks.provider.cloud import Cloud
from stacks.provider.cloud_error import CloudError
from stacks.provider.compare import Difference, Drift, Recorded, drift
from stacks.provider.index import Index
from stacks.provider.scope import Service
from stacks.provider.session import Answer, Session
from tests.unit.stacks.provider.test_servicer import operation

URN = "urn:pulumi:hall.internet.a::govcloud::govcloud:openstack:Server::server-{}"
LABELS = {"unit": "health", "system": "hall", "zone": "internet", "provider": "a", "document": "d"}
ITEM = {"flavor": {"original_name": "small"}, "status": "ACTIVE", "tags": []}
BEFORE, THEN = "2026-06-08T07:00:00Z", "2026-06-08T07:30:00Z"
THEN_S = 1780903800.0


def recorded(id_: str, **more: str) -> Recorded:
    inputs = {"project_id": "p-1", "name": id_, "flavor": "small", "port_id": f"port-{id_}", "image": "i"}
    return Recorded(URN.format(id_), id_, {**inputs, "power": "running", **more, "labels": LABELS})


@dataclass
class Nova:
    """Servers by id, each with the instant of its last change. `taken`: those that end between one list and another."""

    servers: dict[str, dict[str, Any]] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    refuses: str = ""
    """The list that it refuses."""
    asked: list[str] = field(default_factory=list)
    slow_s: float = 0
    began_s: float = field(default_factory=time.monotonic)

    def has(self, *ids: str) -> "Nova":
        for id_ in ids:
            self.servers[id_] = {"id": id_, "name": id_, "metadata": dict(LABELS), "updated": BEFORE, **ITEM}
        return self

    def change(self, id_: str, at: str = THEN, **properties: Any) -> None:
        self.servers[id_].update(properties, updated=at)

    def answer(self, path: str) -> Answer:
        self.asked.append(path)
        parts = urlsplit(path)
        if parts.path == self.refuses:
            raise CloudError(503, "no answer", f"GET compute {parts.path}")
        if parts.path == "/servers":
            return Answer(200, "", {"servers": [{"id": id_, "name": s["name"]} for id_, s in self.servers.items()]})
        (since,) = parse_qs(parts.query).get("changes-since", [""])
        ended = {id_: {"status": "DELETED", "updated": THEN} for id_ in self.taken}
        told = ({**server, **ended.get(id_, {})} for id_, server in self.servers.items())
        return Answer(200, "", {"servers": [server for server in told if server["updated"] >= since]})


async def asked(nova: Nova, *resources: Recorded, since_s: float | None = THEN_S) -> Drift:
    class Openstack(Session):
        async def call(self, service: Service, method: str, path: str, body: Any = None, **options: Any) -> Answer:
            assert (service, method, body, options.get("project_id") or "all_tenants") == (
                Service.COMPUTE,
                "GET",
                None,
                "all_tenants" if "all_tenants=1" in path else "p-1",
            )
            await asyncio.sleep(nova.slow_s)
            return nova.answer(path)

        def now_s(self) -> float:
            return THEN_S + 100 + time.monotonic() - nova.began_s

    cloud = Cloud(operation())
    cloud.session = Openstack(cloud.operation)
    cloud.index = Index(cloud.session)
    return await drift(cloud, Gateway(cloud.operation), resources, since_s)


async def test_all_are_listed_by_id_and_name_and_in_detail_those_alone_that_changed() -> None:
    nova = Nova().has("web-1", "web-2")
    found = await asked(nova, recorded("web-1"), recorded("web-2"))
    assert found == Drift((), (), (), unchanged=frozenset({"web-1", "web-2"}))
    assert sorted(nova.asked) == ["/servers/detail?limit=1000&changes-since=" + THEN, "/servers?limit=1000"]


async def test_what_changed_while_a_slow_cloud_made_its_list_is_asked_for_next_time() -> None:
    began_s = time.monotonic()
    found = await asked(Nova(slow_s=1.5, began_s=began_s).has("web-1"), recorded("web-1"))
    assert found.servers_at_s
    assert THEN_S + 97 < found.servers_at_s <= THEN_S + 100, "by the cloud's clock it is later now by what it took"


async def test_one_that_changed_is_compared_whole_beside_one_that_did_not() -> None:
    nova = Nova().has("web-1", "web-2")
    nova.change("web-2", flavor={"original_name": "large"}, metadata={})
    found = await asked(nova, recorded("web-1"), recorded("web-2"))
    (one,) = found.differences
    assert (one.id, set(one.inputs), found.unchanged) == (
        "web-2",
        {"flavor", "labels"},
        frozenset({"web-1"}),
    )


async def test_one_that_is_gone_is_told_though_nova_tells_of_what_is_there_alone() -> None:
    found = await asked(Nova().has("web-1"), recorded("web-1"), recorded("web-2"))
    assert found == Drift(
        (Difference(URN.format("web-2"), "web-2", gone=True, inputs={}),), (), (), (), frozenset({"web-1"})
    )


async def test_one_that_ends_between_the_two_lists_is_gone() -> None:
    found = await asked(Nova(taken={"web-1"}).has("web-1"), recorded("web-1"))
    assert ([one.gone for one in found.differences], found.unchanged) == ([True], frozenset())


@pytest.mark.parametrize("path", ["/servers", "/servers/detail"])
async def test_where_one_of_the_lists_is_not_to_be_had_nothing_is_known(path: str) -> None:
    found = await asked(Nova(refuses=path).has("web-1"), recorded("web-1"))
    assert (found.differences, [one.urn for one in found.unanswered]) == ((), [URN.format("web-1")])
    assert found.servers_at_s is None


async def test_a_first_boot_configuration_that_was_compared_before_is_none_that_nobody_is_shown() -> None:
    nova = Nova().has("web-1")
    found = await asked(nova, recorded("web-1", user_data="#cloud-config"))
    assert (found.differences, found.hidden, found.unchanged) == ((), (), frozenset({"web-1"}))
    assert all("all_tenants=1" in path for path in nova.asked)


async def test_without_an_instant_every_server_is_compared_whole() -> None:
    nova = Nova().has("web-1")
    found = await asked(nova, recorded("web-1"), since_s=None)
    assert (found.unchanged, nova.asked) == (frozenset(), ["/servers/detail?limit=1000"])


HANDS: dict[str, Callable[[Nova, str], Any]] = {
    "none": lambda _nova, _id: None,
    "stopped": lambda nova, id_: nova.change(id_, status="SHUTOFF"),
    "renamed": lambda nova, id_: nova.change(id_, name="by-hand"),
    "resized": lambda nova, id_: nova.change(id_, flavor={"original_name": "large"}),
    "labelled": lambda nova, id_: nova.change(id_, metadata={**LABELS, "unit": "other"}),
    "taken": lambda nova, id_: nova.servers.pop(id_),
}


@given(st.lists(st.sampled_from(sorted(HANDS)), min_size=1, max_size=5))
async def test_of_all_that_nova_tells_as_a_change_nothing_is_missed(hands: list[str]) -> None:
    ids = [f"web-{n}" for n in range(len(hands))]
    nova = Nova().has(*ids)
    for id_, hand in zip(ids, hands, strict=True):
        HANDS[hand](nova, id_)
    resources = [recorded(id_) for id_ in ids]
    short, whole = await asked(nova, *resources), await asked(nova, *resources, since_s=None)
    assert short.differences == whole.differences
    assert len(short.differences) == sum(hand != "none" for hand in hands)
    assert len(short.unchanged) == hands.count("none")
