"""The Keystone project that holds a stack, and the broker's own role in it."""

import asyncio
from collections.abc import Sequence
from typing import Final

from stacks.provider.cloud import Cloud
from stacks.provider.key import description_of, labels_in
from stacks.provider.neutron import CONFLICT, GONE, text_problems
from stacks.provider.resource_type import Created, Found, Inputs, Problem, Refused, ResourceType
from stacks.provider.scope import Service
from stacks.provider.session import Item

_NAME_LIMIT: Final = 64


class Project(ResourceType):
    """One project per system and zone. Its name in the domain is its natural key."""

    token = "govcloud:openstack:Project"  # noqa: S105 - a Pulumi type
    required = frozenset({"name", "domain", "labels"})
    replaces = frozenset({"name", "domain"})

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def problems(self, inputs: Inputs) -> Sequence[Problem]:
        """Names that Keystone would not take."""
        name = inputs["name"]
        if isinstance(name, str) and not 0 < len(name) <= _NAME_LIMIT:
            return [Problem("name", f"must have 1 to {_NAME_LIMIT} characters, as Keystone asks")]
        return text_problems(inputs, "domain")

    async def create(self, key: str, inputs: Inputs) -> Created:
        """The project; one of this name is adopted if its description starts with our key."""
        domain_id = await self._cloud.session.domain_id(inputs["domain"])
        body = {
            "name": inputs["name"],
            "domain_id": domain_id,
            "description": description_of(key, inputs["labels"]),
        }
        answer = await self._cloud.session.call(
            Service.IDENTITY, "POST", "/projects", {"project": body}, accept=(CONFLICT,), step="create:Project"
        )
        if answer.status == CONFLICT:
            return await self._adopt(key, domain_id, inputs)
        project_id = str(answer.body["project"]["id"])
        self._cloud.index.made_project(project_id)
        return Created(project_id)

    async def _adopt(self, key: str, domain_id: str, inputs: Inputs) -> Created:
        project_id = await self._cloud.find_project(domain_id, inputs["name"])
        item = await self._get(project_id) if project_id else None
        if item is None or not str(item["description"]).startswith(key):
            raise Refused(
                f"making the project {inputs['name']}: the domain {inputs['domain']} has one of this name that is "
                "not this stack's; rename or remove it after looking at what it holds"
            )
        self._cloud.index.adopt("Project", item["id"], key)
        await self._relabel(item, key, inputs)
        return Created(item["id"])

    async def _get(self, id_: str) -> Item | None:
        answer = await self._cloud.session.call(Service.IDENTITY, "GET", f"/projects/{id_}", accept=(GONE,))
        item: Item | None = answer.body.get("project")
        return item

    async def _relabel(self, item: Item, key: str, inputs: Inputs) -> None:
        wanted = description_of(key, inputs["labels"])
        if item["description"] != wanted:
            body = {"project": {"description": wanted}}
            await self._cloud.session.call(Service.IDENTITY, "PATCH", f"/projects/{item['id']}", body)

    async def read(self, id_: str, key: str, inputs: Inputs) -> Found | None:
        """The project by its id."""
        item = await self._get(id_)
        if item is None:
            return None
        labels = labels_in(item["description"], key, inputs["labels"])
        return Found(id_, {**inputs, "name": item["name"], "labels": labels})

    async def update(self, id_: str, key: str, old: Inputs, new: Inputs) -> Inputs:
        """Labels can change in place."""
        del old
        item = await self._get(id_)
        if item is None:
            raise Refused(f"changing the project {id_}: it is gone from the cloud; run with a refresh")
        await self._relabel(item, key, new)
        return {}

    async def delete(self, id_: str, inputs: Inputs) -> None:
        """Nothing; a project that still holds something is not deleted, as its contents would live on unseen.

        Raises:
            Refused: It still holds servers, volumes or networks.
        """
        if held := await self._held(id_):
            raise Refused(
                f"deleting the project {inputs['name']}: it still holds {', '.join(held)} that are not in this stack's "
                "state; look at them and remove them first"
            )
        path = f"/projects/{id_}"
        await self._cloud.session.call(Service.IDENTITY, "DELETE", path, accept=(GONE,), step="delete:Project")

    async def _held(self, id_: str) -> list[str]:
        asked = (
            (Service.COMPUTE, f"/servers?all_tenants=1&project_id={id_}&limit=1", "servers"),
            (Service.VOLUME, f"/volumes?all_tenants=1&project_id={id_}&limit=1", "volumes"),
            (Service.NETWORK, f"/networks?project_id={id_}&limit=1", "networks"),
        )
        answers = await asyncio.gather(*(self._cloud.session.call(service, "GET", path) for service, path, _ in asked))
        return [
            collection for (_, _, collection), answer in zip(asked, answers, strict=True) if answer.body[collection]
        ]


class RoleGrant(ResourceType):
    """A role of the broker's own user in the project: without it no token for servers, volumes and buckets."""

    token = "govcloud:openstack:RoleGrant"  # noqa: S105 - a Pulumi type
    required = frozenset({"project_id", "role"})
    replaces = frozenset({"project_id", "role"})

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def problems(self, inputs: Inputs) -> Sequence[Problem]:
        """A role without a name."""
        return text_problems(inputs, "role")

    async def create(self, key: str, inputs: Inputs) -> Created:
        """The grant; asking twice is the same as once."""
        del key
        session = self._cloud.session
        role = await session.named_id(Service.IDENTITY, "/roles", "roles", inputs["role"])
        id_ = f"{inputs['project_id']}/{await session.user_id()}/{role}"
        await session.call(Service.IDENTITY, "PUT", _path(id_), step="create:RoleGrant")
        return Created(id_)

    async def read(self, id_: str, key: str, inputs: Inputs) -> Found | None:
        """The grant, if it stands: the token of the project tells, which every run has anyway."""
        del key
        session = self._cloud.session
        project, user, role = id_.split("/")
        if user == await session.user_id():
            return Found(id_, inputs) if role in await session.role_ids(project) else None
        answer = await self._cloud.session.call(Service.IDENTITY, "HEAD", _path(id_), accept=(GONE,))
        return None if answer.status == GONE else Found(id_, inputs)

    async def update(self, id_: str, key: str, old: Inputs, new: Inputs) -> Inputs:
        """Nothing can change in place."""
        del id_, key, old, new
        return {}

    async def delete(self, id_: str, inputs: Inputs) -> None:
        """Nothing; the grant is gone, also when its project was."""
        del inputs
        await self._cloud.session.call(Service.IDENTITY, "DELETE", _path(id_), accept=(GONE,), step="delete:RoleGrant")


def _path(id_: str) -> str:
    project, user, role = id_.split("/")
    return f"/projects/{project}/users/{user}/roles/{role}"
