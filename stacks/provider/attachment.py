"""A volume in its server."""

import asyncio
from typing import Final

from stacks.provider.cloud import Cloud
from stacks.provider.cloud_error import CloudError
from stacks.provider.index import VOLUME
from stacks.provider.neutron import CONFLICT, GONE
from stacks.provider.patience import kept
from stacks.provider.poller import FULL_EVERY, Query
from stacks.provider.resource_type import Created, Found, Inputs, ResourceType
from stacks.provider.scope import Service
from stacks.provider.session import Item
from stacks.provider.volume import arrived

_BAD_REQUEST: Final = 400
_RETRY_S: Final = 0.5
_ATTEMPTS: Final = 20


class VolumeAttachment(ResourceType):
    """A volume in its server. The pair is its natural key."""

    token = "govcloud:openstack:VolumeAttachment"  # noqa: S105 - a Pulumi type
    required = frozenset({"project_id", "server_id", "volume_id"})
    replaces = frozenset({"project_id", "server_id", "volume_id"})
    delete_before_replace = True

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def create(self, key: str, inputs: Inputs) -> Created:
        """The attachment; one that exists already is ours, since server and volume are.

        Raises:
            CloudError: The volume is another server's.
        """
        project, server, volume = inputs["project_id"], inputs["server_id"], inputs["volume_id"]
        id_ = f"{server}/{volume}"
        path, body = f"/servers/{server}/os-volume_attachments", {"volumeAttachment": {"volumeId": volume}}
        for _ in range(_ATTEMPTS):
            answer = await self._cloud.session.call(
                Service.COMPUTE,
                "POST",
                path,
                body,
                project_id=project,
                accept=(_BAD_REQUEST, CONFLICT),
                step="create:VolumeAttachment",
            )
            if answer.status not in {_BAD_REQUEST, CONFLICT}:
                await kept(id_, self._in_use(project, volume))
                return Created(id_)
            item = await self._volume(project, volume)
            if _is_in(item, server):
                self._cloud.index.adopt("VolumeAttachment", id_, key)
                return Created(id_)
            if item["status"] == "in-use" or item["status"].startswith("error"):
                break
            await asyncio.sleep(_RETRY_S)
        raise CloudError(answer.status, answer.text, f"attaching the volume {volume} to the server {server}")

    async def _in_use(self, project_id: str, volume: str) -> None:
        await self._cloud.volumes(project_id).wait(
            (Query("/volumes?status=in-use"), lambda seen: seen.get(volume)),
            (Query("/volumes/detail", every=FULL_EVERY), lambda seen: arrived(seen, volume, frozenset({"in-use"}))),
            soon=True,
        )

    async def _volume(self, project_id: str, volume: str) -> Item:
        answer = await self._cloud.session.call(Service.VOLUME, "GET", f"/volumes/{volume}", project_id=project_id)
        item: Item = answer.body["volume"]
        return item

    async def read(self, id_: str, key: str, inputs: Inputs) -> Found | None:
        """The attachment, as the volume shows it."""
        del key
        server, volume = id_.split("/")
        item = (await self._cloud.index.current(VOLUME, inputs["project_id"])).get(volume)
        return Found(id_, inputs) if item is not None and _is_in(item, server) else None

    async def update(self, id_: str, key: str, old: Inputs, new: Inputs) -> Inputs:
        """Nothing beyond its inputs: it waits for what an earlier run did not see to its end."""
        del key, old
        await kept(id_, self._in_use(new["project_id"], new["volume_id"]))
        return {}

    async def delete(self, id_: str, inputs: Inputs) -> None:
        """Nothing; the volume is free."""
        server, volume = id_.split("/")
        project, path = inputs["project_id"], f"/servers/{server}/os-volume_attachments/{volume}"
        answer = await self._cloud.session.call(
            Service.COMPUTE, "DELETE", path, project_id=project, accept=(GONE,), step="delete:VolumeAttachment"
        )
        if answer.status != GONE:
            free = (Query("/volumes?status=available"), lambda seen: volume in seen)
            await self._cloud.volumes(project).wait(free)


def _is_in(item: Item, server: str) -> bool:
    return item["status"] == "in-use" and [at["server_id"] for at in item["attachments"]] == [server]
