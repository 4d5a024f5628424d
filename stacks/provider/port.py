"""A machine's port: its planned address, its groups and its limit."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from stacks.provider.cloud import Cloud
from stacks.provider.cloud_error import CloudError
from stacks.provider.index import PORT
from stacks.provider.neutron import CONFLICT, NeutronType, address_problems
from stacks.provider.resource_type import Inputs, Problem
from stacks.provider.scope import Service
from stacks.provider.session import Item

_LATE_PAUSES_S: Final = (1.0, 2.0, 4.0)


class Port(NeutronType):
    """A machine's place in the subnet. The planned address is its natural key: a second port on it is refused."""

    token = "govcloud:openstack:Port"  # noqa: S105 - a Pulumi type
    kind = PORT
    singular = "port"
    required = frozenset({"project_id", "name", "network_id", "subnet_id", "address", "security_group_ids", "labels"})
    optional = frozenset({"qos_policy_id"})
    replaces = frozenset({"project_id", "network_id", "subnet_id", "address"})
    delete_before_replace = True

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        cloud.departures.by(PORT, self._leave)

    async def body(self, inputs: Inputs) -> Mapping[str, Any]:
        """Network and address."""
        fixed = {"subnet_id": inputs["subnet_id"], "ip_address": inputs["address"]}
        return {"network_id": inputs["network_id"], "fixed_ips": [fixed]}

    async def changes(self, inputs: Inputs) -> Mapping[str, Any]:
        """Name, groups and limit."""
        return {
            "name": inputs["name"],
            "security_groups": sorted(inputs["security_group_ids"]),
            "qos_policy_id": inputs.get("qos_policy_id"),
        }

    async def _change(self, item: Item, wanted: Mapping[str, Any]) -> None:
        await super()._change({**item, "security_groups": sorted(item["security_groups"])}, wanted)

    def fits(self, inputs: Inputs, item: Item) -> bool:
        """The same address in the same subnet."""
        wanted = [{"subnet_id": inputs["subnet_id"], "ip_address": inputs["address"]}]
        return bool(item["fixed_ips"] == wanted)

    async def make(self, key: str, inputs: Inputs) -> Item:
        """The port, made in one request with others that are wanted now.

        A request for many whose sender was killed, or whose answer was lost, holds addresses and quota before its ports
        can be listed: what it refuses is looked for, and asked for again, for a while.
        """
        self._cloud.foresee_servers(inputs["project_id"])
        body = await self._create_body(key, inputs)
        pauses = iter(_LATE_PAUSES_S)
        while True:
            try:
                return await self._cloud.ports.create(body)
            except CloudError as error:
                if error.status != CONFLICT:
                    raise
                late = await self._cloud.index.find_late(PORT, inputs["project_id"], key, partial(self.fits, inputs))
                if late is not None:
                    break
                pause_s = next(pauses, None)
                if pause_s is None or (error.over_quota and not self._cloud.operation.unclean):
                    raise
            await self._cloud.session.pause(pause_s)
        await self._change(late, await self._wanted(key, inputs))
        return late

    async def observed(self, item: Item, inputs: Inputs) -> Inputs:
        """Name, address, groups and limit."""
        same = sorted(item["security_groups"]) == sorted(inputs["security_group_ids"])
        return {
            "name": item["name"],
            "address": item["fixed_ips"][0]["ip_address"] if item["fixed_ips"] else "",
            "security_group_ids": inputs["security_group_ids"] if same else sorted(item["security_groups"]),
            "qos_policy_id": item["qos_policy_id"],
        }

    async def delete(self, id_: str, inputs: Inputs) -> None:
        """Nothing; it may have left with its server."""
        if not self._cloud.departures.has_left(id_):
            await self._leave(inputs["project_id"], id_)

    async def _leave(self, _project_id: str, id_: str) -> None:
        await self.take_away(Service.NETWORK, "DELETE", f"{self.kind.path}/{id_}", step="delete:Port")

    def problems(self, inputs: Inputs) -> Sequence[Problem]:
        """Names and addresses that are none."""
        return [*super().problems(inputs), *address_problems(inputs, "address")]
