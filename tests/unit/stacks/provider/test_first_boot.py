"""Whether a server was made with the first-boot configuration of its documents, before Novas that show it or do not."""

import base64
from dataclasses import dataclass, field
from typing import Any

import pytest

from stacks.provider.ceph import Gateway
from stacks.provider.cloud import Cloud
from stacks.provider.cloud_error import CloudError
from stacks.provider.compare import Difference, Drift, Recorded, drift
from stacks.provider.first_boot import digest_of
from stacks.provider.index import Index
from stacks.provider.scope import Service
from stacks.provider.session import Answer, Session
from tests.unit.stacks.provider.test_servicer import operation

SERVER = "urn:pulumi:hall.internet.a::govcloud::govcloud:openstack:Server::server-web-{}"
LABELS = {"unit": "health", "system": "hall", "zone": "internet", "provider": "a", "document": "d"}
OURS, OTHER = "#cloud-config\n", "#!/bin/sh\n"
SHOWN = "OS-EXT-SRV-ATTR:user_data"


def recorded(number: int, **more: str) -> Recorded:
    inputs = {"project_id": "p-1", "name": f"web-{number}", "flavor": "small", "port_id": f"port-{number}"}
    inputs |= {"power": "running", "image": "i", **more}
    return Recorded(SERVER.format(number), f"s-{number}", {**inputs, "labels": LABELS})


@dataclass
class Nova:
    """Servers by id with their configuration. `shows`: to the broker's own token; a member's is never shown it."""

    servers: dict[str, str | None]
    shows: bool = True
    refuses: int = 0
    """The status with which it refuses the broker's own token; 0 = it does not."""
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str, project_id: str | None) -> Answer:
        self.asked.append(path)
        if project_id is None and self.refuses:
            raise CloudError(self.refuses, "Policy doesn't allow it", "GET compute /servers/detail")
        return Answer(200, "", {"servers": [self._item(id_, project_id) for id_ in self.servers]})

    def _item(self, id_: str, project_id: str | None) -> dict[str, Any]:
        item = {"id": id_, "name": f"web-{id_[-1]}", "flavor": {"original_name": "small"}, "status": "ACTIVE"}
        user_data = self.servers[id_]
        encoded = base64.b64encode(user_data.encode()).decode() if user_data else None
        shown = {SHOWN: encoded} if self.shows and project_id is None else {}
        return {**item, "metadata": dict(LABELS), "tags": [], **shown}


async def asked(nova: Nova, *resources: Recorded) -> Drift:
    class Openstack(Session):
        async def call(self, service: Service, method: str, path: str, body: Any = None, **options: Any) -> Answer:
            assert (service, method, body) == (Service.COMPUTE, "GET", None)
            return nova.answer(path, options.get("project_id"))

    cloud = Cloud(operation())
    cloud.session = Openstack(cloud.operation)
    cloud.index = Index(cloud.session)
    return await drift(cloud, Gateway(cloud.operation), resources)


async def test_another_configuration_and_none_at_all_are_told_by_their_digests() -> None:
    nova = Nova({"s-1": OURS, "s-2": OTHER, "s-3": None})
    found = await asked(nova, *(recorded(number, user_data=OURS) for number in (1, 2, 3)))
    assert found.differences == tuple(
        Difference(SERVER.format(n), f"s-{n}", gone=False, inputs={"user_data": (digest_of(OURS), there)})
        for n, there in ((2, digest_of(OTHER)), (3, None))
    )
    assert found.hidden == ()


@pytest.mark.parametrize("nova", [Nova({"s-1": OTHER}, shows=False), Nova({"s-1": OTHER}, refuses=403)])
async def test_where_the_cloud_does_not_show_it_that_is_said_and_is_neither_drift_nor_silence(nova: Nova) -> None:
    found = await asked(nova, recorded(1, user_data=OURS))
    assert (found.differences, found.unanswered, found.hidden) == ((), (), (SERVER.format(1),))


@pytest.mark.parametrize("status", [401, 503])
async def test_a_cloud_that_does_not_answer_hides_nothing_and_shuts_nobody_out(status: int) -> None:
    resources = recorded(1, user_data=OURS), recorded(2, user_data=OURS, flavor="large"), recorded(3)
    found = await asked(Nova({"s-1": OTHER, "s-2": OTHER, "s-3": None}, refuses=status), *resources)
    assert {one.urn for one in found.unanswered if f"the cloud answered {status}" in one.reason} == {
        *(SERVER.format(number) for number in (1, 2, 3))
    }
    assert (found.differences, found.hidden) == ((), ())


async def test_servers_are_listed_once_whether_their_configuration_is_compared_or_not() -> None:
    nova = Nova({"s-1": OURS, "s-2": None})
    found = await asked(nova, recorded(1, user_data=OURS), recorded(2))
    assert found == Drift((), (), ())
    assert ["all_tenants" in path for path in nova.asked] == [True]


async def test_what_else_differs_of_such_a_server_stands_beside_it() -> None:
    found = await asked(Nova({"s-1": OTHER}), recorded(1, user_data=OURS, flavor="large"))
    (one,) = found.differences
    assert one.inputs == {"flavor": ("large", "small"), "user_data": (digest_of(OURS), digest_of(OTHER))}


async def test_a_server_that_is_gone_is_gone_and_nothing_of_it_is_left_uncompared() -> None:
    found = await asked(Nova({}), recorded(1, user_data=OURS))
    assert ([one.gone for one in found.differences], found.hidden) == ([True], ())


async def test_nobody_is_asked_where_no_server_was_given_one() -> None:
    nova = Nova({"s-1": OTHER})
    found = await asked(nova, recorded(1))
    assert (found.differences, found.hidden) == ((), ())
    assert not any("all_tenants" in path for path in nova.asked)
