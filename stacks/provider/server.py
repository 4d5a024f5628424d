"""A machine, on a port and a boot volume that were made for it before: neither can be used twice."""

import asyncio
import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from stacks.provider.cloud import Cloud
from stacks.provider.cloud_error import CloudError
from stacks.provider.index import SERVER, is_unchanged
from stacks.provider.key import LABELS
from stacks.provider.neutron import CONFLICT, GONE, text_problems
from stacks.provider.patience import kept
from stacks.provider.poller import FULL_EVERY, Query, Seen
from stacks.provider.resource_type import Created, Found, Incomplete, Inputs, Problem, Refused, ResourceType, made_at
from stacks.provider.scope import Service
from stacks.provider.session import Answer, Item

_STATUS: Final = {"running": "ACTIVE", "stopped": "SHUTOFF"}
_POWER: Final = {status: power for power, status in _STATUS.items()}
_ERROR: Final = "ERROR"
_ERRORS_EVERY: Final = 8
"""Ticks between two looks for servers in error: they are rare, and no run goes on any faster for knowing sooner."""


class Broken(Exception):
    """The server went to ERROR."""


class Server(ResourceType):
    """A machine. Flavor, name, power and labels change in place; everything else replaces it."""

    token = "govcloud:openstack:Server"  # noqa: S105 - a Pulumi type
    required = frozenset({"project_id", "name", "flavor", "port_id", "power", "labels"})
    optional = frozenset({"boot_volume_id", "image", "key_pair", "user_data"})
    replaces = frozenset({"project_id", "port_id", "boot_volume_id", "image", "user_data"})
    delete_before_replace = True

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def problems(self, inputs: Inputs) -> Sequence[Problem]:
        """Names and choices that Nova would not take."""
        found = text_problems(inputs, "name", "flavor", "image")
        if isinstance(inputs["power"], str) and inputs["power"] not in _STATUS:
            found.append(Problem("power", "must be running or stopped"))
        if (inputs.get("image") is None) == (inputs.get("boot_volume_id") is None):
            found.append(Problem("image", "must be given exactly where there is no boot_volume_id"))
        return found

    async def create(self, key: str, inputs: Inputs) -> Created:
        """The server, running or stopped as wanted; adopted if a killed run made it.

        Raises:
            Refused: The cloud could not start it; nothing of it is left.
        """
        project = inputs["project_id"]
        found = await self._cloud.index.find(SERVER, project, key)
        if found:
            await kept(found["id"], self._mend(found["id"], key, inputs))
            # from when it ran, a killed run's leftover was there: metering counts from then
            return Created(found["id"], made_at(found.get("OS-SRV-USG:launched_at") or found.get("created")))
        server_id = await self._make(key, inputs)
        try:
            await kept(server_id, self._runs(project, server_id))
        except Broken as error:
            # it never ran and its disk and port are resources of their own: nothing is lost with it
            await self.delete(server_id, inputs)
            raise Refused(f"starting the server {inputs['name']}: {error}") from error
        await kept(server_id, self._switch(project, server_id, "ACTIVE", inputs["power"]))
        return Created(server_id)

    async def _make(self, key: str, inputs: Inputs) -> str:
        body = await self._body(key, inputs)
        try:
            answer = await self._ask("POST", inputs, "/servers", {"server": body}, step="create:Server")
        except CloudError as error:
            if error.status in {400, CONFLICT} and "in use" in error.said.lower():
                raise Refused(
                    f"making the server {inputs['name']}: its port or boot volume is another server's: {error.said}"
                ) from error
            raise
        return str(answer.body["server"]["id"])

    async def _body(self, key: str, inputs: Inputs) -> Mapping[str, Any]:
        flavor, disk = await asyncio.gather(
            self._cloud.flavor_id(inputs["flavor"], inputs["project_id"]), self._disk(inputs)
        )
        body: dict[str, Any] = {
            "name": inputs["name"],
            "flavorRef": flavor,
            "networks": [{"port": inputs["port_id"]}],
            "tags": [key],
            "metadata": _metadata(inputs),
            **disk,
        }
        if public_key := inputs.get("key_pair"):
            body["key_name"] = await self._key_pair(public_key, inputs)
        if user_data := inputs.get("user_data"):
            body["user_data"] = base64.b64encode(user_data.encode()).decode()
        return body

    async def _disk(self, inputs: Inputs) -> Mapping[str, Any]:
        if image := inputs.get("image"):
            return {"imageRef": await self._cloud.image_id(image)}
        disk = {
            "boot_index": 0,
            "uuid": inputs["boot_volume_id"],
            "source_type": "volume",
            "destination_type": "volume",
            "delete_on_termination": False,
        }
        return {"block_device_mapping_v2": [disk]}

    async def _key_pair(self, public_key: str, inputs: Inputs) -> str:
        name = "gc-" + hashlib.sha256(public_key.encode()).hexdigest()[:24]
        body = {"keypair": {"name": name, "type": "ssh", "public_key": public_key}}
        make = partial(self._ask, "POST", inputs, "/os-keypairs", body, accept=(CONFLICT,))
        await self._cloud.session.once(name, make)
        return name

    async def _ask(self, method: str, inputs: Inputs, path: str, body: Any = None, **options: Any) -> Answer:
        project = inputs["project_id"]
        return await self._cloud.session.call(Service.COMPUTE, method, path, body, project_id=project, **options)

    async def _runs(self, project_id: str, id_: str) -> None:
        # A server that was just made is ACTIVE only once all is done. For a detailed list with something in it Nova
        # asks Neutron, which takes 0.5 to 1 s while servers begin; the list of servers in error is mostly empty.
        await self._cloud.servers(project_id).wait(
            (Query("/servers?status=ACTIVE&changes-since={since}"), lambda seen: id_ in seen),
            (Query("/servers?status=ACTIVE", every=FULL_EVERY), lambda seen: id_ in seen),
            (
                Query("/servers/detail?status=ERROR", every=_ERRORS_EVERY),
                partial(_settled, id_=id_, statuses=frozenset()),
            ),
        )

    async def _until(self, project_id: str, id_: str, *statuses: str) -> Item:
        # a list of changes costs Nova a sixth of a full one, which comes now and then for what it may have missed
        asked = "&".join(f"status={status}" for status in sorted({*statuses, _ERROR}))
        test = partial(_settled, id_=id_, statuses=frozenset(statuses))
        item: Item = await self._cloud.servers(project_id).wait(
            (Query(f"/servers/detail?{asked}&changes-since={{since}}"), test),
            (Query("/servers/detail", every=FULL_EVERY), test),
        )
        return item

    async def _switch(self, project_id: str, id_: str, status: str, power: str) -> None:
        wanted = _STATUS[power]
        if status == wanted:
            return
        action = {"os-stop": None} if power == "stopped" else {"os-start": None}
        await self._act(project_id, id_, action)
        await self._until(project_id, id_, wanted)

    async def _act(self, project_id: str, id_: str, action: Mapping[str, Any]) -> None:
        await self._ask("POST", {"project_id": project_id}, f"/servers/{id_}/action", action, step="update:Server")

    async def read(self, id_: str, key: str, inputs: Inputs) -> Found | None:
        """The server from the project's list."""
        del key
        item = (await self._cloud.index.current(SERVER, inputs["project_id"])).get(id_)
        if item is None:
            return None
        if is_unchanged(item):
            return Found(id_, {**inputs, "name": item["name"]})
        return Found(
            id_,
            {
                **inputs,
                "name": item["name"],
                "flavor": item["flavor"]["original_name"],
                "power": _POWER.get(item["status"], item["status"].lower()),
                "labels": inputs["labels"] if item["metadata"] == _metadata(inputs) else item["metadata"],
            },
        )

    async def update(self, id_: str, key: str, old: Inputs, new: Inputs) -> Inputs:
        """Nothing beyond its inputs, after the server is as wanted: a resize is confirmed, an error mended."""
        del old
        await kept(id_, self._mend(id_, key, new))
        return {}

    async def _mend(self, id_: str, key: str, new: Inputs) -> None:
        del key
        project = new["project_id"]
        answer = await self._ask("GET", new, f"/servers/{id_}", accept=(GONE,))
        if answer.status == GONE:
            raise Refused(f"changing the server {new['name']}: it is gone from the cloud; run with a refresh")
        item = answer.body["server"]
        try:
            status = await self._at_rest(project, id_, item)
            await self._describe(id_, item, new)
            if item["flavor"]["original_name"] != new["flavor"]:
                status = await self._resize(project, id_, new["flavor"])
            await self._switch(project, id_, status, new["power"])
        except Broken as error:
            raise Incomplete(id_, f"the server {new['name']} is in error: {error}") from error

    async def _at_rest(self, project_id: str, id_: str, item: Item) -> str:
        """The status once it does nothing any more; a resize that a killed run began is confirmed."""
        if item["status"] == _ERROR:
            await self._act(project_id, id_, {"reboot": {"type": "HARD"}})
            item = await self._until(project_id, id_, "ACTIVE")
        elif item["status"] not in _POWER or item["OS-EXT-STS:task_state"]:
            item = await self._until(project_id, id_, *_POWER, "VERIFY_RESIZE")
        if item["status"] == "VERIFY_RESIZE":
            return await self._confirm(project_id, id_)
        return str(item["status"])

    async def _resize(self, project_id: str, id_: str, flavor: str) -> str:
        wanted = await self._cloud.flavor_id(flavor, project_id)
        await self._act(project_id, id_, {"resize": {"flavorRef": wanted}})
        item = await self._until(project_id, id_, "VERIFY_RESIZE", *_POWER)
        if item["status"] != "VERIFY_RESIZE":
            raise Refused(f"changing the flavor of server {item['name']} to {flavor}: the cloud has no room for it")
        return await self._confirm(project_id, id_)

    async def _confirm(self, project_id: str, id_: str) -> str:
        await self._act(project_id, id_, {"confirmResize": None})
        return str((await self._until(project_id, id_, *_POWER))["status"])

    async def _describe(self, id_: str, item: Item, new: Inputs) -> None:
        if item["name"] != new["name"]:
            await self._ask("PUT", new, f"/servers/{id_}", {"server": {"name": new["name"]}})
        if item["metadata"] != _metadata(new):
            await self._ask("PUT", new, f"/servers/{id_}/metadata", {"metadata": _metadata(new)})

    async def delete(self, id_: str, inputs: Inputs) -> None:
        """Nothing, once Nova does not list it any more."""
        project, departures = inputs["project_id"], self._cloud.departures
        belongings, answer = await asyncio.gather(
            departures.belongings(project, id_),
            self._ask("DELETE", inputs, f"/servers/{id_}", accept=(GONE,), step="delete:Server"),
        )
        if answer.status != GONE:
            gone = (Query("/servers"), lambda seen: id_ not in seen)
            await self._cloud.servers(project).wait(gone)
        await departures.see_off(project, belongings)


def _settled(seen: Seen, *, id_: str, statuses: frozenset[str]) -> Item | None:
    item = seen.get(id_)
    if item is None:
        return None
    if item["status"] == _ERROR:
        raise Broken((item.get("fault") or {}).get("message", "the cloud gives no reason"))
    at_rest = item["status"] in statuses and not item["OS-EXT-STS:task_state"]
    return item if at_rest else None


def _metadata(inputs: Inputs) -> Mapping[str, str]:
    return {name: inputs["labels"].get(name, "") for name in LABELS}
