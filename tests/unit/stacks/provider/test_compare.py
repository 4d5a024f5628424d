"""What is beside a stack's resources, before an OpenStack that lets the broker's account into no project any more."""

from typing import Any

import pytest

from stacks.provider.ceph import Gateway
from stacks.provider.cloud import Cloud
from stacks.provider.cloud_error import CloudError
from stacks.provider.compare import Recorded, Unanswered, drift
from stacks.provider.index import Index
from stacks.provider.scope import Service
from stacks.provider.session import Answer, Session
from tests.unit.stacks.provider.test_servicer import operation

PROJECT = "urn:pulumi:hall.internet.a::govcloud::govcloud:openstack:Project::project"
SERVER = PROJECT.replace("Project::project", "Server::server-web-1")
LABELS = {"unit": "health", "system": "hall", "zone": "internet", "provider": "a", "document": "d"}
INPUTS = {"name": "hall/internet", "domain": "govcloud", "labels": LABELS}
KEPT = (Recorded(PROJECT, "p-1", INPUTS), Recorded(SERVER, "s-1", {"project_id": "p-1", "labels": LABELS}))
BY_HAND = {"id": "v-9", "name": "by-hand", "metadata": {}, "status": "available"}
LISTS = ("servers", "volumes", "floatingips", "ports", "networks", "routers", "security_groups")


class Openstack(Session):
    """Answers for one project, in which a volume was made by hand."""

    lets_in = True

    async def call(self, service: Service, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        del body
        if not self.lets_in and options.get("project_id"):
            raise CloudError(401, "the user has no role there", f"{method} {service} {path}")
        if service is Service.IDENTITY:
            return Answer(200, "", {"project": {**INPUTS, "description": ""}})
        lists: dict[str, Any] = {name: [BY_HAND] if name == "volumes" else [] for name in LISTS}
        return Answer(200, "", lists)


@pytest.fixture
def cloud() -> Cloud:
    made = Cloud(operation())
    made.session = Openstack(made.operation)
    made.index = Index(made.session)
    return made


async def test_what_nobody_described_is_told_and_what_is_not_there_is_gone(cloud: Cloud) -> None:
    found = await drift(cloud, Gateway(cloud.operation), KEPT)
    assert [(one.kind, one.id) for one in found.unexplained] == [("Volume", "v-9")]
    assert [one.id for one in found.differences if one.gone] == ["s-1"]
    assert found.unanswered == ()


async def test_a_project_that_lets_nobody_in_tells_nothing_of_what_is_beside(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Openstack, "lets_in", False)
    found = await drift(cloud, Gateway(cloud.operation), KEPT)
    assert [one for one in found.differences if one.gone] == []
    assert found.unexplained == ()
    why = "the broker's own account has no role in the project any more"
    assert found.unanswered == (Unanswered(SERVER, why), Unanswered("", why))
