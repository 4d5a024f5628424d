"""What Cinder still holds of a stack beside its volumes: snapshots and backups, taken and removed."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from broker.backup.patience import patiently
from broker.backup.refusal import telling
from broker.errors import CloudError
from broker.leaving.package import Snapshot
from stacks.provider.cloud import Cloud
from stacks.provider.scope import Service

Item = Mapping[str, Any]
_GONE: Final = 404
_OWNER: Final = {
    "snapshots": "os-extended-snapshot-attributes:project_id",
    "backups": "os-backup-project-attr:project_id",
}


class StillThere(CloudError):
    """Cinder could not remove it: it is listed still."""


class Remains:
    """The snapshots and backups of one project."""

    def __init__(self, cloud: Cloud, project_id: str) -> None:
        self._cloud = cloud
        self._project_id = project_id

    async def take(self, volume: str, key: str) -> Snapshot:
        """The snapshot of this key, found again or made with a token of the project, and waited for.

        Raises:
            CloudError: There is no such volume, or Cinder did not make it.
        """
        with telling(f"taking a snapshot of {volume}"):
            return await self._take(volume, key)

    async def snapshots(self) -> list[Item]:
        """Every snapshot of the project."""
        return await self._list("snapshots")

    async def backups(self) -> list[Item]:
        """Every backup of the project, the newest first: none may go before those that stand on it."""
        return sorted(await self._list("backups"), key=lambda item: str(item["created_at"]), reverse=True)

    async def remove(self, what: str, item: Item) -> str:
        """What is being removed, as evidence names it; `gone` waits until it is."""
        path = f"/{what}/{item['id']}"
        with telling(f"removing {path}"):
            await self._ask("DELETE", path, accept=(_GONE,))
        return f"{what.removesuffix('s')} {item['id']} {item['name']}"

    async def gone(self, what: str, item: Item) -> None:
        """Nothing; what was removed is gone when this comes back."""
        path = f"/{what}/{item['id']}"

        async def asked() -> bool | None:
            answer = await self._ask("GET", path, accept=(_GONE,))
            found = answer.get(what.removesuffix("s"))
            if found is not None and str(found["status"]).startswith("error"):
                raise StillThere(f"removing {path}: it is {found['status']}; see Cinder's log")
            return True if found is None else None

        with telling(f"removing {path}"):
            await patiently(path, asked, self._cloud.session.pause)

    async def _take(self, volume: str, key: str) -> Snapshot:
        own = {"project_id": self._project_id}
        found = (await self._ask("GET", f"/snapshots?name={quote(key)}", **own))["snapshots"]
        if not found:
            volumes = (await self._ask("GET", f"/volumes?name={quote(volume)}", **own))["volumes"]
            if len(volumes) != 1:
                raise CloudError(f"taking a snapshot of {volume}: the project has {len(volumes)} volumes of this name")
            wanted = {"volume_id": volumes[0]["id"], "name": key, "description": f"hand-over of {volume}"}
            found = [(await self._ask("POST", "/snapshots", {"snapshot": wanted}, **own))["snapshot"]]
        path = f"/snapshots/{found[0]['id']}"

        async def settled() -> Item | None:
            item: Item = (await self._ask("GET", path, **own))["snapshot"]
            return None if item["status"] == "creating" else item

        item = await patiently(path, settled, self._cloud.session.pause)
        if item["status"] != "available":
            raise CloudError(f"taking a snapshot of {volume}: it is {item['status']}; remove it and run again")
        return Snapshot(item["id"], item["volume_id"], int(item["size"]), str(item["created_at"]))

    async def _list(self, what: str) -> list[Item]:
        path = f"/{what}/detail?all_tenants=1&project_id={self._project_id}"
        with telling(f"listing the {what} of project {self._project_id}"):
            listed = await self._cloud.session.listed(Service.VOLUME, path, what)
        # a cloud that knows no such filter answers with everybody's
        return [item for item in listed if item.get(_OWNER[what]) == self._project_id]

    async def _ask(self, method: str, path: str, body: Any = None, **options: Any) -> Mapping[str, Any]:
        answer = await self._cloud.session.call(Service.VOLUME, method, path, body, **options)
        return answer.body
