"""Block volumes."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from stacks.provider.cloud import Cloud
from stacks.provider.first_volumes import FirstVolumes
from stacks.provider.index import VOLUME
from stacks.provider.key import LABELS
from stacks.provider.neutron import GONE, number_problems, text_problems
from stacks.provider.patience import kept
from stacks.provider.poller import FULL_EVERY, Query, Seen
from stacks.provider.resource_type import Created, Found, Incomplete, Inputs, Problem, Refused, ResourceType, made_at
from stacks.provider.scope import Service
from stacks.provider.session import Answer, Item

_BAD_REQUEST: Final = 400
_USABLE: Final = frozenset({"creating", "downloading", "available", "in-use", "attaching", "reserved"})
_FREE: Final = frozenset({"available"})
_AT_REST: Final = frozenset({"available", "in-use"})
_LET_GO_S: Final = 60.0
_DELETE_ATTEMPTS: Final = 5


class Volume(ResourceType):
    """A volume; with an image it is a boot volume. It grows in place and in use, it never shrinks.

    `first_boot` is the digest of what its server does on its first start: another one starts from a new volume.
    """

    token = "govcloud:openstack:Volume"  # noqa: S105 - a Pulumi type
    required = frozenset({"project_id", "name", "size_gib", "type", "labels"})
    optional = frozenset({"image", "first_boot"})
    replaces = frozenset({"project_id", "image", "first_boot"})
    # the project's quota is exactly what was claimed: it has no room for the old and the new one at once
    delete_before_replace = True
    holds_data = True

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._turns: dict[str, FirstVolumes] = {}
        cloud.departures.by(VOLUME, self._leave)

    def problems(self, inputs: Inputs) -> Sequence[Problem]:
        """Names and sizes that Cinder would not take."""
        return [*text_problems(inputs, "name", "type", "image"), *number_problems(inputs, "size_gib", least=1)]

    def replaced_by(self, old: Inputs, new: Inputs) -> frozenset[str]:
        """A smaller size: a block volume cannot shrink."""
        sizes = old.get("size_gib"), new.get("size_gib")
        shrinks = isinstance(sizes[0], int) and isinstance(sizes[1], int) and sizes[1] < sizes[0]
        return frozenset({"size_gib"}) if shrinks else frozenset()

    async def create(self, key: str, inputs: Inputs) -> Created:
        """The volume, available; adopted if a killed run made it."""
        project = inputs["project_id"]
        found = await self._cloud.index.find(VOLUME, project, key, lambda item: _fits(inputs, item))
        item = found or await self._make(key, inputs)
        await kept(item["id"], self._until(project, item["id"], _AT_REST if found else _FREE))
        if found:
            await kept(item["id"], self._change(item["id"], key, inputs))
            return Created(item["id"], made_at(found.get("created_at")))
        return Created(item["id"])

    async def _make(self, key: str, inputs: Inputs) -> Item:
        body = {
            "name": inputs["name"],
            "size": inputs["size_gib"],
            "volume_type": inputs["type"],
            "metadata": _metadata(key, inputs),
        }
        if image := inputs.get("image"):
            body["imageRef"] = await self._cloud.image_id(image)
        project = inputs["project_id"]
        async with (await self._turns_of(project)).turn(inputs["type"]):
            answer = await self._ask("POST", project, "/volumes", {"volume": body}, step="create:Volume")
        item: Item = answer.body["volume"]
        return item

    async def _turns_of(self, project_id: str) -> FirstVolumes:
        turns = self._turns.setdefault(project_id, FirstVolumes())
        if not self._cloud.index.is_fresh(project_id):
            turns.seen(item["volume_type"] for item in await self._cloud.index.first(VOLUME, project_id))
        return turns

    async def _ask(self, method: str, project_id: str, path: str, body: Any = None, **options: Any) -> Answer:
        return await self._cloud.session.call(Service.VOLUME, method, path, body, project_id=project_id, **options)

    async def _get(self, project_id: str, id_: str) -> Item | None:
        answer = await self._ask("GET", project_id, f"/volumes/{id_}", accept=(GONE,))
        item: Item | None = answer.body.get("volume")
        return item

    async def _until(self, project_id: str, id_: str, wanted: frozenset[str], *, soon: bool = False) -> Item:
        # lists by status: Cinder keeps `updated_at` on attach and detach, so a list of changes would miss them
        short = ((Query(f"/volumes?status={status}"), lambda seen: seen.get(id_)) for status in sorted(wanted))
        item: Item = await self._cloud.volumes(project_id).wait(
            *short, (Query("/volumes/detail", every=FULL_EVERY), lambda seen: arrived(seen, id_, wanted)), soon=soon
        )
        return item

    async def read(self, id_: str, key: str, inputs: Inputs) -> Found | None:
        """The volume from the project's list."""
        item = (await self._cloud.index.current(VOLUME, inputs["project_id"])).get(id_)
        if item is None or item["status"] == "deleting":
            return None
        shown = {name: item["metadata"].get(name, "") for name in ("gc_key", *LABELS)}
        labels = inputs["labels"] if shown == _metadata(key, inputs) else {name: shown[name] for name in LABELS}
        return Found(
            id_,
            {
                **inputs,
                "name": item["name"],
                "size_gib": item["size"],
                "type": item["volume_type"],
                "labels": labels,
            },
        )

    async def update(self, id_: str, key: str, old: Inputs, new: Inputs) -> Inputs:
        """Nothing beyond its inputs; name, labels, type and a larger size in place, also while in use."""
        del old
        await kept(id_, self._change(id_, key, new))
        return {}

    async def _change(self, id_: str, key: str, new: Inputs) -> None:
        project = new["project_id"]
        item = await self._get(project, id_)
        if item is None:
            raise Refused(f"changing the volume {new['name']}: it is gone from the cloud; run with a refresh")
        if item["status"] not in _AT_REST:
            item = await self._until(project, id_, _AT_REST)
        await self._describe(id_, key, item, new)
        if item["volume_type"] != new["type"]:
            await self._retype(project, id_, item, new["type"])
        if item["size"] < new["size_gib"]:
            body = {"os-extend": {"new_size": new["size_gib"]}}
            await self._ask("POST", project, f"/volumes/{id_}/action", body, step="update:Volume")
            await self._until(project, id_, frozenset({item["status"]}))

    async def _describe(self, id_: str, key: str, item: Item, new: Inputs) -> None:
        wanted = {"name": new["name"], "metadata": _metadata(key, new)}
        if any(item.get(name) != value for name, value in wanted.items()):
            await self._ask("PUT", new["project_id"], f"/volumes/{id_}", {"volume": wanted})

    async def _retype(self, project_id: str, id_: str, item: Item, type_: str) -> None:
        body = {"os-retype": {"new_type": type_, "migration_policy": "on-demand"}}
        async with (await self._turns_of(project_id)).turn(type_):
            await self._ask("POST", project_id, f"/volumes/{id_}/action", body, step="update:Volume")
        await self._until(project_id, id_, frozenset({item["status"]}))
        after = await self._get(project_id, id_)
        if after is None or after["volume_type"] != type_:
            raise Refused(f"changing the type of volume {item['name']} to {type_}: the cloud cannot move it there")

    async def delete(self, id_: str, inputs: Inputs) -> None:
        """Nothing; a server that still lets go of it is waited for."""
        if not self._cloud.departures.has_left(id_):
            await self._leave(inputs["project_id"], id_)

    async def _leave(self, project_id: str, id_: str) -> None:
        listed = await self._cloud.index.first(VOLUME, project_id)
        # one that was attached when this run began is on its way out of its server: a request now would be refused
        attached = any(item["id"] == id_ and item["attachments"] for item in listed)
        for attempt in range(_DELETE_ATTEMPTS):
            if (attempt or not attached) and await self._deleted(project_id, id_):
                return
            if not await self._let_go(project_id, id_):
                return
        item = await self._get(project_id, id_) or {"name": id_, "status": "gone"}
        raise Refused(
            f"deleting the volume {item['name']}: it is {item['status']} and Cinder refuses; detach it, "
            "and end what else holds it (a backup or migration that runs, a group)"
        )

    async def _deleted(self, project_id: str, id_: str) -> bool:
        # with its snapshots, such as one that was taken to hand it over: what may go goes whole
        path = f"/volumes/{id_}?cascade=true"
        answer = await self._ask("DELETE", project_id, path, accept=(GONE, _BAD_REQUEST), step="delete:Volume")
        if answer.status == _BAD_REQUEST:
            item = await self._get(project_id, id_)
            if item is not None and item["status"] != "deleting":
                return False
        if answer.status != GONE:
            gone = (Query("/volumes?status=deleting"), lambda seen: id_ not in seen)
            await self._cloud.volumes(project_id).wait(gone, soon=True)
        return True

    async def _let_go(self, project_id: str, id_: str) -> bool:
        """Whether it is still there, free now or after a while."""
        try:
            async with asyncio.timeout(_LET_GO_S):
                # its server is gone, or goes: as a rule it is free by then
                await self._until(project_id, id_, frozenset({"available"}), soon=True)
        except (TimeoutError, Incomplete):
            return True
        except Refused:
            return False
        return True


def _fits(inputs: Inputs, item: Item) -> bool:
    return bool(item["size"] <= inputs["size_gib"] and item["status"] in _USABLE)


def arrived(seen: Seen, id_: str, wanted: frozenset[str]) -> Item | None:
    """The volume once it has one of the statuses; None while it is on its way.

    Raises:
        Refused: It is gone.
        Incomplete: It went into an error.
    """
    item = seen.get(id_)
    if item is None:
        raise Refused(f"waiting for the volume {id_}: it is gone from the cloud")
    if item["status"].startswith("error") and item["status"] not in wanted:
        raise Incomplete(id_, f"the volume {item['name']} is {item['status']}: see the cloud's log of it")
    return item if item["status"] in wanted else None


def _metadata(key: str, inputs: Inputs) -> Mapping[str, str]:
    return {"gc_key": key, **{name: inputs["labels"].get(name, "") for name in LABELS}}
