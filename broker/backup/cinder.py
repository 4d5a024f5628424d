"""Volume backups on Cinder: found by their key, made where there is none, waited for: a 202 is no backup.

Backups are made with a token of the stack's project and count in its quota. They are erased, and restored to a scratch
volume, with the broker's own token: that works also when the project is gone, and takes nothing of the unit's quota.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import quote

from broker.backup.due import Make
from broker.backup.patience import LONGEST_S, patiently
from broker.backup.refusal import telling
from broker.backup.subject import Place, Subject, Thing
from broker.backup.vault import Made
from broker.documents.backups import BackupRun
from broker.errors import CloudError, Stopped
from stacks.provider.cloud import Cloud
from stacks.provider.scope import Service

Item = Mapping[str, Any]
_BYTES_PER_GIB: Final = 1 << 30
_BAD_REQUEST: Final = 400
_GONE: Final = 404
_ON_THE_WAY: Final = frozenset({"creating", "deleting", "restoring", "restoring-backup", "downloading"})


class CinderVault:
    """The volume backups of one stack."""

    def __init__(self, cloud: Cloud, place: Place, longest_s: float = LONGEST_S) -> None:
        self._cloud = cloud
        self._place = place
        self._longest_s = longest_s
        self._first = asyncio.Lock()
        self._counted = False
        """Whether Cinder has counted a backup of this project: two first ones at once would be counted as one."""

    async def there(self, thing: Subject | Thing) -> frozenset[str]:
        """Keys of the project's backups that can be used: one list for all of its volumes."""
        async with self._asking(f"looking for backups of the volume {thing.name}"):
            items = await self._cloud.session.once(f"backups of {self._place.stack}", self._listed)
        # one that is still made is there another day: it may fail, or take hours, for which nobody waits then
        return frozenset(str(item["name"]) for item in items if item["status"] == "available")

    async def _listed(self) -> list[Item]:
        project_id = await self._project_id()
        return await self._cloud.session.listed(Service.VOLUME, "/backups/detail", "backups", project_id)

    async def make(self, make: Make) -> Made:
        """The backup of this key: found again, or made, and waited for until Cinder calls it available."""
        async with self._asking(f"backing up the volume {make.subject.name}"):
            if self._counted:
                return await self._make(make)
            async with self._first:
                made = await self._make(make)
                self._counted = True
                return made

    async def erase(self, run: BackupRun) -> None:
        """Nothing; the backup is gone. One on which a newer one stands is refused.

        Cinder itself looks for newer ones in the asking account's project only, and would let it go.
        """
        async with self._asking(f"erasing the backup {run.key} of the volume {run.name}"):
            for item in await self._found(run.key, None):
                if item["has_dependent_backups"]:
                    raise CloudError(f"erasing the backup {run.key} of the volume {run.name}: newer ones stand on it")
                await self._ask("DELETE", f"/backups/{item['id']}", accept=(_GONE,))
                await self._until_gone(f"/backups/{item['id']}")

    async def restored(self, run: BackupRun) -> str:
        """The chain up to this backup, written to a scratch volume that is compared with what was backed up.

        Cinder removes no volume that it still writes: one that a stop or a kill left goes before the next test.
        """
        async with self._asking(f"restoring the backup {run.key} of the volume {run.name}"):
            item = await self._ask("GET", f"/backups/{run.reference}")
            name = f"restore-test-{run.stack}-{run.name}"
            await self._without(name)
            body = {"restore": {"name": name}}
            volume_id = (await self._ask("POST", f"/backups/{run.reference}/restore", body))["restore"]["volume_id"]
            volume = await self._settled(f"/volumes/{volume_id}", "volume", None)
            await self._without(name)
            if (volume["status"], volume["size"]) != ("available", item["backup"]["size"]):
                raise CloudError(
                    f"restoring {run.key} of {run.name} to a scratch volume: it is {volume['status']} with "
                    f"{volume['size']} GiB instead of available with {item['backup']['size']}; see Cinder's log"
                )
        return f"{run.name}: {volume['size']} GiB from a chain ending in {run.mode} {run.key}, then removed"

    async def _without(self, name: str) -> None:
        """Nothing; there is no scratch volume of this name."""
        for volume in (await self._ask("GET", f"/volumes/detail?name={quote(name)}"))["volumes"]:
            if volume["name"] != name:  # a cloud that knows no such filter answers with everybody's
                continue
            path = f"/volumes/{volume['id']}"
            if volume["status"] != "deleting":
                await self._settled(path, "volume", None)
                await self._ask("DELETE", path, accept=(_GONE,))
            await self._until_gone(path)

    async def _make(self, make: Make) -> Made:
        if self._cloud.session.caller.stopped:
            raise Stopped(f"backing up the volume {make.subject.name}: it was asked to stop; run it again")
        project_id = await self._project_id()
        item = await self._adopted(make.key, project_id) or await self._begun(make, project_id)
        item = await self._settled(f"/backups/{item['id']}", "backup", project_id)
        if item["status"] != "available":
            raise CloudError(
                f"backing up the volume {make.subject.name}: the backup is {item['status']}: "
                f"{item.get('fail_reason') or 'no reason given'}; the next attempt makes a full one"
            )
        mode: Any = "incremental" if item["is_incremental"] else "full"
        return Made(mode, item["id"], int(item["size"]) * _BYTES_PER_GIB)

    async def _adopted(self, key: str, project_id: str) -> Item | None:
        """The backup that an earlier attempt left; those that failed are removed, they hold nothing."""
        usable = None
        for item in await self._found(key, project_id):
            if item["status"] in {"available", "creating"} and usable is None:
                usable = item
            elif item["status"] == "error":
                await self._ask("DELETE", f"/backups/{item['id']}", accept=(_GONE,))
                await self._until_gone(f"/backups/{item['id']}")
        return usable

    async def _begun(self, make: Make, project_id: str) -> Item:
        wanted = {
            "volume_id": await self._volume_id(make.subject.name, project_id),
            "name": make.key,
            "description": f"{make.subject.name} {make.day}",
            "metadata": {"gc_key": make.key, "stack": self._place.stack, "day": make.day.isoformat()},
            # a volume in use is read from a snapshot that Cinder makes and removes
            "force": True,
        }
        if make.mode == "incremental":
            body = {"backup": {**wanted, "incremental": True}}
            answer = await self._ask("POST", "/backups", body, project_id=project_id, accept=(_BAD_REQUEST,))
            if "backup" in answer:
                return dict(answer["backup"])
            # there is nothing to build on, as where the volume was made anew
        made = await self._ask("POST", "/backups", {"backup": wanted}, project_id=project_id)
        return dict(made["backup"])

    async def _found(self, key: str, project_id: str | None) -> list[Item]:
        every = "" if project_id else "all_tenants=1&"
        answer = await self._ask("GET", f"/backups/detail?{every}name={quote(key)}", project_id=project_id)
        return list(answer["backups"])

    async def _volume_id(self, name: str, project_id: str) -> str:
        answer = await self._ask("GET", f"/volumes?name={quote(name)}", project_id=project_id)
        if len(answer["volumes"]) != 1:
            raise CloudError(
                f"backing up the volume {name}: project {self._place.project_name} has {len(answer['volumes'])} of "
                "this name; run `broker reconcile`"
            )
        return str(answer["volumes"][0]["id"])

    async def _project_id(self) -> str:
        found: str = await self._cloud.session.once(f"project {self._place.project_name}", self._find_project)
        return found

    async def _find_project(self) -> str:
        domain_id = await self._cloud.session.domain_id(self._place.cloud.domain)
        found = await self._cloud.find_project(domain_id, self._place.project_name)
        if found is None:
            raise CloudError(f"backing up {self._place.stack}: there is no such project; run `broker reconcile`")
        return found

    async def _settled(self, path: str, what: str, project_id: str | None) -> Item:
        """The thing at this path once it is no more on its way; the pauses grow, as terabytes take hours."""

        async def asked() -> Item | None:
            item: Item = (await self._ask("GET", path, project_id=project_id))[what]
            return None if item["status"] in _ON_THE_WAY else item

        settled: Item = await patiently(path, asked, self._cloud.session.pause, self._longest_s)
        return settled

    async def _until_gone(self, path: str) -> None:
        async def asked() -> bool | None:
            answer = await self._ask("GET", path, accept=(_GONE,))
            item = answer.get("backup") or answer.get("volume")
            if item is not None and item["status"] in {"error", "error_deleting"}:
                raise CloudError(f"erasing {path}: it is {item['status']}; see Cinder's log")
            return True if item is None else None

        await patiently(path, asked, self._cloud.session.pause, self._longest_s)

    async def _ask(
        self, method: str, path: str, body: Any = None, *, project_id: str | None = None, accept: tuple[int, ...] = ()
    ) -> Mapping[str, Any]:
        session = self._cloud.session
        answer = await session.call(Service.VOLUME, method, path, body, project_id=project_id, accept=accept)
        return answer.body

    @asynccontextmanager
    async def _asking(self, asked: str) -> AsyncIterator[None]:
        with telling(f"{asked} of {self._place.stack}"):
            yield
