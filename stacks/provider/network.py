"""The stack's network: network, subnet, router, and the right to use the zone's external network."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from stacks.provider.cloud import Cloud
from stacks.provider.cloud_error import CloudError
from stacks.provider.departure import LEG_OWNERS
from stacks.provider.index import NETWORK, PORT, ROUTER, ROUTER_LEG, SUBNET
from stacks.provider.neutron import CONFLICT, GONE, NeutronType, address_problems, cidr_problems, text_problems
from stacks.provider.resource_type import Created, Found, Inputs, Problem, ResourceType
from stacks.provider.scope import Service
from stacks.provider.session import Answer, Item

_BAD_REQUEST: Final = 400


class Network(NeutronType):
    """The network that the stack's machines share."""

    token = "govcloud:openstack:Network"  # noqa: S105 - a Pulumi type
    kind = NETWORK
    singular = "network"
    required = frozenset({"project_id", "name", "labels"})
    replaces = frozenset({"project_id"})

    async def observed(self, item: Item, inputs: Inputs) -> Inputs:
        """Its name."""
        del inputs
        return {"name": item["name"]}


class Subnet(NeutronType):
    """The addresses of the stack, and the first of them as gateway."""

    token = "govcloud:openstack:Subnet"  # noqa: S105 - a Pulumi type
    kind = SUBNET
    singular = "subnet"
    required = frozenset({"project_id", "network_id", "name", "cidr", "gateway", "labels"})
    optional = frozenset({"cloud_addresses"})
    replaces = frozenset({"project_id", "network_id", "cidr", "gateway"})
    delete_before_replace = True

    async def body(self, inputs: Inputs) -> Mapping[str, Any]:
        """Where it is and which addresses it has."""
        return {
            "network_id": inputs["network_id"],
            "cidr": inputs["cidr"],
            "gateway_ip": inputs["gateway"],
            "ip_version": 6 if ":" in inputs["cidr"] else 4,
        }

    async def changes(self, inputs: Inputs) -> Mapping[str, Any]:
        """Its name, and which addresses the cloud may take for itself; where nothing is said that stays as it is."""
        kept = inputs.get("cloud_addresses")
        pools = {"allocation_pools": [{"start": kept[0], "end": kept[1]}]} if kept else {}
        return {"name": inputs["name"], **pools}

    def fits(self, inputs: Inputs, item: Item) -> bool:
        """The same addresses in the same network."""
        return bool(item["cidr"] == inputs["cidr"] and item["network_id"] == inputs["network_id"])

    async def observed(self, item: Item, inputs: Inputs) -> Inputs:
        """Its name, addresses and gateway."""
        seen = {"name": item["name"], "cidr": item["cidr"], "gateway": item["gateway_ip"]}
        if "cloud_addresses" in inputs:
            seen["cloud_addresses"] = [pool[end] for pool in item["allocation_pools"] for end in ("start", "end")]
        return seen

    def problems(self, inputs: Inputs) -> Sequence[Problem]:
        """Names and addresses that are none."""
        found = [*super().problems(inputs), *cidr_problems(inputs, "cidr"), *address_problems(inputs, "gateway")]
        kept = inputs.get("cloud_addresses")
        if isinstance(kept, list):
            found += [each for end in kept for each in address_problems({"cloud_addresses": end}, "cloud_addresses")]
            found += [Problem("cloud_addresses", "must be the first and the last address")] if len(kept) != 2 else []  # noqa: PLR2004 - two ends
        return found


class Router(NeutronType):
    """The way out to the zone's external network, with the stack's approved bandwidth as its limit."""

    token = "govcloud:openstack:Router"  # noqa: S105 - a Pulumi type
    kind = ROUTER
    singular = "router"
    required = frozenset({"project_id", "name", "external_network", "labels"})
    optional = frozenset({"qos_policy_id"})
    replaces = frozenset({"project_id"})

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        cloud.departures.by(ROUTER, self._leave)

    async def changes(self, inputs: Inputs) -> Mapping[str, Any]:
        """Name, and the gateway with its limit."""
        gateway = {
            "network_id": await self._cloud.network_id(inputs["external_network"]),
            "qos_policy_id": inputs.get("qos_policy_id"),
        }
        return {"name": inputs["name"], "external_gateway_info": gateway}

    async def _change(self, item: Item, wanted: Mapping[str, Any]) -> None:
        # the gateway is shown with addresses of the service's own choice
        shown = _gateway(item)
        await super()._change({**item, "external_gateway_info": shown}, wanted)

    async def observed(self, item: Item, inputs: Inputs) -> Inputs:
        """Its name, external network and limit."""
        gateway = _gateway(item)
        same = gateway["network_id"] == await self._cloud.network_id(inputs["external_network"])
        return {
            "name": item["name"],
            "external_network": inputs["external_network"] if same else gateway["network_id"],
            "qos_policy_id": gateway["qos_policy_id"],
        }

    async def delete(self, id_: str, inputs: Inputs) -> None:
        """Nothing; it may have left with the last public address."""
        if not self._cloud.departures.has_left(id_):
            await super().delete(id_, inputs)

    async def _leave(self, _project_id: str, id_: str) -> None:
        await self.write("DELETE", f"{self.kind.path}/{id_}", None, accept=(GONE,), step="delete:Router")


def _gateway(item: Item) -> Mapping[str, Any]:
    shown = item.get("external_gateway_info") or {}
    return {"network_id": shown.get("network_id"), "qos_policy_id": shown.get("qos_policy_id")}


class RouterInterface(NeutronType):
    """The subnet's leg on the router. The pair is its natural key: a second one is refused by the service."""

    token = "govcloud:openstack:RouterInterface"  # noqa: S105 - a Pulumi type
    required = frozenset({"project_id", "router_id", "subnet_id"})
    replaces = frozenset({"router_id", "subnet_id"})
    delete_before_replace = True

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        cloud.departures.by(ROUTER_LEG, self._leave)

    def problems(self, _inputs: Inputs) -> Sequence[Problem]:
        """None: both inputs are ids."""
        return ()

    async def create(self, key: str, inputs: Inputs) -> Created:
        """The leg; one that exists already is ours, since router and subnet are."""
        router, subnet = inputs["router_id"], inputs["subnet_id"]
        path = f"/routers/{router}/add_router_interface"
        made = await self.write(
            "PUT", path, {"subnet_id": subnet}, accept=(_BAD_REQUEST, CONFLICT), step="create:RouterInterface"
        )
        if made.status in {_BAD_REQUEST, CONFLICT}:
            if await self._port(router, subnet) is None:
                await self.write("PUT", path, {"subnet_id": subnet})
            self._cloud.index.adopt("RouterInterface", f"{router}/{subnet}", key)
        return Created(f"{router}/{subnet}")

    async def _detach_addresses(self, router: str, project_id: str) -> None:
        path = f"/floatingips?router_id={router}&project_id={project_id}"
        addresses = (await self.write("GET", path, None)).body["floatingips"]
        off = {"floatingip": {"port_id": None}}
        await asyncio.gather(
            *(self.write("PUT", f"/floatingips/{each['id']}", off, accept=(GONE,)) for each in addresses)
        )

    async def _port(self, router: str, subnet: str) -> Item | None:
        ports = (await self.write("GET", f"/ports?device_id={router}&fields=fixed_ips&fields=device_owner", None)).body
        return next((port for port in ports["ports"] if _is_leg(port, subnet)), None)

    async def read(self, id_: str, key: str, inputs: Inputs) -> Found | None:
        """The leg, by its port, which counts as the project's."""
        del key
        router, subnet = id_.split("/")
        ports = (await self._cloud.index.current(PORT, inputs["project_id"])).values()
        legs = (port for port in ports if port["device_id"] == router and _is_leg(port, subnet))
        return Found(id_, inputs) if any(legs) else None

    async def observed(self, item: Item, inputs: Inputs) -> Inputs:
        """The pair itself."""
        del item
        return inputs

    async def update(self, id_: str, key: str, old: Inputs, new: Inputs) -> Inputs:
        """Nothing can change in place."""
        del id_, key, old, new
        return {}

    async def delete(self, id_: str, inputs: Inputs) -> None:
        """Nothing; public addresses behind it are detached and keep their numbers.

        Where the subnet is replaced they stay and later point at the new ports: in between they would hold the leg.
        """
        if self._cloud.departures.has_left(id_):
            return
        if (await self._remove(id_, CONFLICT)).status != CONFLICT:
            return
        router, subnet = id_.split("/")
        await self._detach_addresses(router, inputs["project_id"])
        path = f"/routers/{router}/remove_router_interface"
        await self.take_away(Service.NETWORK, "PUT", path, {"subnet_id": subnet}, step="delete:RouterInterface")

    async def _leave(self, _project_id: str, id_: str) -> None:
        await self._remove(id_)

    async def _remove(self, id_: str, *accept: int) -> Answer:
        router, subnet = id_.split("/")
        path, step = f"/routers/{router}/remove_router_interface", "delete:RouterInterface"
        return await self.write("PUT", path, {"subnet_id": subnet}, accept=(GONE, *accept), step=step)


def _is_leg(port: Item, subnet: str) -> bool:
    subnets = {address["subnet_id"] for address in port["fixed_ips"]}
    return port["device_owner"] in LEG_OWNERS and subnet in subnets


class NetworkAccess(ResourceType):
    """The row that lets the project use an external network; where everybody may, there is nothing to do."""

    token = "govcloud:openstack:NetworkAccess"  # noqa: S105 - a Pulumi type
    required = frozenset({"project_id", "network"})
    replaces = frozenset({"project_id", "network"})
    _WILDCARD: ClassVar[str] = "wildcard/"

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def problems(self, inputs: Inputs) -> Sequence[Problem]:
        """A network without a name."""
        return text_problems(inputs, "network")

    async def create(self, key: str, inputs: Inputs) -> Created:
        """The row's id, or `wildcard/…` where the network is open to all projects."""
        network_id = await self._cloud.network_id(inputs["network"])
        if found := await self._row(network_id, inputs["project_id"]):
            if not found.startswith(self._WILDCARD):
                self._cloud.index.adopt("NetworkAccess", found, key)
            return Created(found)
        row = {
            "object_type": "network",
            "object_id": network_id,
            "action": "access_as_external",
            "target_tenant": inputs["project_id"],
            # Owned by the stack's project, the row counts on that project's quota and not on the broker's own.
            "project_id": inputs["project_id"],
        }
        path, session = "/rbac-policies", self._cloud.session
        try:
            answer = await session.call(
                Service.NETWORK, "POST", path, {"rbac_policy": row}, step="create:NetworkAccess"
            )
        except CloudError as error:
            # A conflict is the row itself, made by a request whose answer was lost; or a quota that is used up.
            found = await self._row(network_id, inputs["project_id"]) if error.status == CONFLICT else None
            if found is None:
                raise
            return Created(found)
        return Created(answer.body["rbac_policy"]["id"])

    async def _row(self, network_id: str, project_id: str) -> str | None:
        path = f"/rbac-policies?object_type=network&object_id={network_id}&action=access_as_external"
        rows = (await self._cloud.session.call(Service.NETWORK, "GET", path)).body["rbac_policies"]
        by_target = {row["target_tenant"]: row["id"] for row in rows}
        if project_id in by_target:
            return str(by_target[project_id])
        return f"{self._WILDCARD}{network_id}" if "*" in by_target else None

    async def read(self, id_: str, key: str, inputs: Inputs) -> Found | None:
        """The row, or the wildcard that stands for it."""
        del id_, key
        network_id = await self._cloud.network_id(inputs["network"])
        found = await self._row(network_id, inputs["project_id"])
        return Found(found, inputs) if found else None

    async def update(self, id_: str, key: str, old: Inputs, new: Inputs) -> Inputs:
        """Nothing can change in place."""
        del id_, key, old, new
        return {}

    async def delete(self, id_: str, inputs: Inputs) -> None:
        """Nothing; the wildcard is not ours to take away."""
        del inputs
        if not id_.startswith(self._WILDCARD):
            path = f"/rbac-policies/{id_}"
            await self._cloud.session.call(Service.NETWORK, "DELETE", path, accept=(GONE,), step="delete:NetworkAccess")
