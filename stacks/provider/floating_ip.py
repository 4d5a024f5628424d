"""A public address in front of one port, with a limit of its own. Only the internet zone has them (C-2)."""

from collections.abc import Mapping, Sequence
from typing import Any

from stacks.provider.index import FLOATING_IP
from stacks.provider.neutron import NeutronType, text_problems
from stacks.provider.resource_type import Inputs, Problem
from stacks.provider.session import Item


class FloatingIp(NeutronType):
    """The address is an output; detached it keeps its number."""

    token = "govcloud:openstack:FloatingIp"  # noqa: S105 - a Pulumi type
    kind = FLOATING_IP
    singular = "floatingip"
    required = frozenset({"project_id", "external_network", "labels"})
    optional = frozenset({"port_id", "qos_policy_id"})
    computed = frozenset({"address"})
    replaces = frozenset({"project_id", "external_network"})

    async def body(self, inputs: Inputs) -> Mapping[str, Any]:
        """The network that the address is of."""
        return {"floating_network_id": await self._cloud.network_id(inputs["external_network"])}

    async def changes(self, inputs: Inputs) -> Mapping[str, Any]:
        """What stands behind it, and its limit."""
        return {"port_id": inputs.get("port_id"), "qos_policy_id": inputs.get("qos_policy_id")}

    async def observed(self, item: Item, inputs: Inputs) -> Inputs:
        """What stands behind it, and its limit."""
        del inputs
        return {"port_id": item["port_id"], "qos_policy_id": item.get("qos_policy_id")}

    def outputs(self, item: Item) -> Inputs:
        """The address."""
        return {"address": item["floating_ip_address"]}

    async def delete(self, id_: str, inputs: Inputs) -> None:
        """Nothing; with the last address of a stack that goes as a whole, its way out goes too."""
        async with self._cloud.departures.address_going(inputs["project_id"]):
            await super().delete(id_, inputs)

    def problems(self, inputs: Inputs) -> Sequence[Problem]:
        """A network without a name."""
        return text_problems(inputs, "external_network")
