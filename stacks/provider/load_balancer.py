"""A load balancer of Octavia with all that is below it, made by one request and changed part by part."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from stacks.provider import listeners
from stacks.provider.cloud import Cloud
from stacks.provider.cloud_error import CloudError
from stacks.provider.index import LISTENER, LOAD_BALANCER, MONITOR, POOL
from stacks.provider.key import description_of, labels_in
from stacks.provider.listeners import Parts, Step
from stacks.provider.neutron import CONFLICT, GONE, address_problems, text_problems
from stacks.provider.patience import kept
from stacks.provider.poller import Query, Seen
from stacks.provider.resource_type import Created, Found, Incomplete, Inputs, Problem, Refused, ResourceType
from stacks.provider.scope import Service
from stacks.provider.session import Answer, Item

_PENDING: Final = "PENDING"
_ERROR: Final = "ERROR"
_CONFLICTS_BORNE: Final = 10
_NO_REASON: Final = "Octavia tells its users no reason: ask the provider to look into its log"


class Broken(Exception):
    """The load balancer went to ERROR, or away, while it was waited for."""


class LoadBalancer(ResourceType):
    """A load balancer at a planned address of the stack's subnet, with its listeners.

    The address is its natural key: Octavia makes the port there itself, and Neutron has each address once. While
    Octavia works on anything below it the whole is locked (409), so each request waits for the one before.
    """

    token = "govcloud:openstack:LoadBalancer"  # noqa: S105 - a Pulumi type
    required = frozenset({"project_id", "name", "subnet_id", "address", "enabled", "listeners", "labels"})
    optional = frozenset({"qos_policy_id"})
    computed = frozenset({"port_id"})
    replaces = frozenset({"project_id", "subnet_id", "address"})
    delete_before_replace = True

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def problems(self, inputs: Inputs) -> Sequence[Problem]:
        """Names, addresses and listeners that Octavia would not take, or would take otherwise than meant."""
        found = [*text_problems(inputs, "name"), *address_problems(inputs, "address")]
        return [*found, *listeners.problems(inputs["listeners"])]

    async def create(self, key: str, inputs: Inputs) -> Created:
        """The load balancer, ready; adopted if a killed run made it.

        Raises:
            Refused: The cloud could not build it; nothing of it is left.
        """
        find = partial(_fits, inputs=inputs)
        if found := await self._cloud.index.find(LOAD_BALANCER, inputs["project_id"], key, find):
            item = await kept(found["id"], self._mend(found["id"], key, inputs))
            return Created(found["id"], _outputs(item))
        made = await self._make(key, inputs)
        try:
            item = await kept(made["id"], self._at_rest(inputs["project_id"], made["id"]))
        except Broken as error:
            # it never served and holds nothing: its address must be free for the next attempt
            await kept(made["id"], self.delete(made["id"], inputs))
            raise Refused(f"making the load balancer {inputs['name']}: {error}; {_NO_REASON}") from error
        return Created(made["id"], _outputs(item))

    async def _make(self, key: str, inputs: Inputs) -> Item:
        body = {
            "project_id": inputs["project_id"],
            **_wanted(key, inputs),
            "vip_subnet_id": inputs["subnet_id"],
            "vip_address": inputs["address"],
            "listeners": [listeners.graph(each, inputs["subnet_id"]) for each in inputs["listeners"]],
        }
        if body["vip_qos_policy_id"] is None:
            del body["vip_qos_policy_id"]
        answer = await self._ask("POST", LOAD_BALANCER.path, {"loadbalancer": body}, step="create:LoadBalancer")
        item: Item = answer.body["loadbalancer"]
        return item

    async def _ask(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        return await self._cloud.session.call(Service.LOAD_BALANCER, method, path, body, **options)

    async def _at_rest(self, project_id: str, id_: str) -> Item:
        """The load balancer once Octavia does nothing with it any more."""
        query = Query(LOAD_BALANCER.listing(project_id))
        item: Item = await self._cloud.load_balancers(project_id).wait((query, partial(_rested, id_=id_)))
        return item

    async def read(self, id_: str, key: str, inputs: Inputs) -> Found | None:
        """The load balancer with its listeners, from the project's lists."""
        project = inputs["project_id"]
        item = (await self._cloud.index.current(LOAD_BALANCER, project)).get(id_)
        if item is None:
            return None
        parts = await self._parts(project, id_)
        seen = {
            "name": item["name"],
            "subnet_id": item["vip_subnet_id"],
            "address": item["vip_address"],
            "enabled": item["admin_state_up"],
            "qos_policy_id": item["vip_qos_policy_id"],
            "listeners": listeners.observed(parts, inputs["listeners"], id_, inputs["subnet_id"]),
            "labels": labels_in(item["description"], key, inputs["labels"]),
        }
        return Found(id_, {**inputs, **seen}, _outputs(item))

    async def _parts(self, project_id: str, id_: str) -> Parts:
        of_project = (self._cloud.index.current(kind, project_id) for kind in (LISTENER, POOL, MONITOR))
        found, pools, monitors = await asyncio.gather(*of_project)
        own = [pool for pool in pools.values() if _is_of(pool, id_)]
        members = await asyncio.gather(*(self._members(pool["id"]) for pool in own))
        return Parts(
            listeners=[each for each in found.values() if _is_of(each, id_)],
            pools=own,
            monitors={pool["id"]: monitor for monitor in monitors.values() for pool in monitor["pools"]},
            members={pool["id"]: items for pool, items in zip(own, members, strict=True)},
        )

    async def _members(self, pool_id: str) -> Sequence[Item]:
        answer = await self._ask("GET", f"{POOL.path}/{pool_id}/members", accept=(GONE,))
        items: Sequence[Item] = answer.body.get("members", ())
        return items

    async def update(self, id_: str, key: str, old: Inputs, new: Inputs) -> Inputs:
        """Its port, after it and its parts are as wanted; one in error is failed over first."""
        del old
        return _outputs(await kept(id_, self._mend(id_, key, new)))

    async def _mend(self, id_: str, key: str, new: Inputs) -> Item:
        project = new["project_id"]
        if id_ not in await self._cloud.index.current(LOAD_BALANCER, project):
            raise Refused(f"changing the load balancer {new['name']}: it is gone from the cloud; run with a refresh")
        try:
            item = await self._sound(project, id_)
            if listeners.differs(item, _wanted(key, new)):
                await self._step(Step("PUT", f"{LOAD_BALANCER.path}/{id_}", {"loadbalancer": _wanted(key, new)}))
                item = await self._at_rest(project, id_)
            return await self._mend_parts(id_, new, item)
        except Broken as error:
            raise Incomplete(id_, f"the load balancer {new['name']}: {error}; {_NO_REASON}") from error

    async def _sound(self, project_id: str, id_: str) -> Item:
        """At rest and in order; one in error has its machines replaced, which is all that mends it."""
        try:
            return await self._at_rest(project_id, id_)
        except Broken:
            await self._ask("PUT", f"{LOAD_BALANCER.path}/{id_}/failover", accept=(CONFLICT,))
            return await self._at_rest(project_id, id_)

    async def _mend_parts(self, id_: str, new: Inputs, item: Item) -> Item:
        conflicts = 0
        while step := await self._next(id_, new):
            answer = await self._step(step)
            if answer.status == CONFLICT:
                # somebody else changes it at this moment, or the answer of a killed run's request comes late
                conflicts += 1
                if conflicts > _CONFLICTS_BORNE:
                    raise CloudError(answer.status, answer.text, f"changing the load balancer {new['name']}")
            item = await self._at_rest(new["project_id"], id_)
        return item

    async def _next(self, id_: str, new: Inputs) -> Step | None:
        parts = await self._parts(new["project_id"], id_)
        return listeners.next_step(parts, new["listeners"], id_, new["subnet_id"])

    async def _step(self, step: Step) -> Answer:
        return await self._ask(step.method, step.path, step.body, accept=(GONE, CONFLICT), step="update:LoadBalancer")

    async def delete(self, id_: str, inputs: Inputs) -> None:
        """Nothing, once it and all below it are gone, its port too.

        Raises:
            CloudError: Octavia refuses even when it does nothing with it, or could not take it away.
        """
        project, path = inputs["project_id"], f"{LOAD_BALANCER.path}/{id_}?cascade=true"
        gone = (Query(LOAD_BALANCER.listing(project)), partial(_gone, id_=id_, name=inputs["name"]))
        for _ in range(_CONFLICTS_BORNE):
            answer = await self._ask("DELETE", path, accept=(GONE, CONFLICT), step="delete:LoadBalancer")
            if answer.status != CONFLICT:
                break
            # a change of before, or a delete of a killed run, is still under way
            free = (Query(LOAD_BALANCER.listing(project)), partial(_free, id_=id_))
            await self._cloud.load_balancers(project).wait(free)
        if answer.status == CONFLICT:
            raise CloudError(answer.status, answer.text, f"deleting the load balancer {inputs['name']}")
        if answer.status != GONE:
            await self._cloud.load_balancers(project).wait(gone)


def _fits(item: Item, *, inputs: Inputs) -> bool:
    """The same address in the same subnet."""
    return bool(item["vip_subnet_id"] == inputs["subnet_id"] and item["vip_address"] == inputs["address"])


def _wanted(key: str, inputs: Inputs) -> Mapping[str, Any]:
    """What of the load balancer itself can be changed in place. The key is a tag too: those can be searched for."""
    return {
        "name": inputs["name"],
        "description": description_of(key, inputs["labels"]),
        "admin_state_up": inputs["enabled"],
        "vip_qos_policy_id": inputs.get("qos_policy_id"),
        "tags": [key],
    }


def _outputs(item: Item) -> Inputs:
    return {"port_id": item["vip_port_id"]}


def _is_of(part: Item, balancer_id: str) -> bool:
    return balancer_id in {each["id"] for each in part["loadbalancers"]}


def _rested(seen: Seen, *, id_: str) -> Item | None:
    item = seen.get(id_)
    if item is None:
        raise Broken("it is gone from the cloud")
    if item["provisioning_status"] == _ERROR:
        raise Broken(f"Octavia has it in ERROR ({id_})")
    return None if item["provisioning_status"].startswith(_PENDING) else item


def _gone(seen: Seen, *, id_: str, name: str) -> bool:
    if id_ in seen and seen[id_]["provisioning_status"] == _ERROR:
        asked = f"deleting the load balancer {name}"
        raise CloudError(0, f"Octavia has it in ERROR ({id_}); {_NO_REASON}; then run again", asked)
    return id_ not in seen


def _free(seen: Seen, *, id_: str) -> bool:
    return id_ not in seen or not seen[id_]["provisioning_status"].startswith(_PENDING)
