"""What the clouds offer their tenants: flavors, images, volume types, external networks."""

import hashlib
from collections.abc import Mapping
from typing import Any

from tools.openstack.seed.rest import Api
from tools.openstack.seed.seeds import Flavor, Network, Seeds

_MIB_PER_GIB = 1024
_IMAGE_BYTES = 1 << 16


def seed(api: Api, seeds: Seeds) -> None:
    """Create what is missing; what has the name already is kept as it is."""
    known = {flavor["name"] for flavor in api.all(f"{api.nova}/flavors")}
    for flavor in seeds.flavors:
        if flavor.name not in known:
            _create_flavor(api, flavor)
    for name in seeds.images:
        _ensure_image(api, name)
    types = {kind["name"] for kind in api.all(f"{api.cinder}/types")}
    for name in seeds.volume_types:
        if name not in types:
            api.call("POST", f"{api.cinder}/types", json={"volume_type": {"name": name}})
    for network in seeds.networks:
        _ensure_network(api, network)


def image_content(name: str) -> bytes:
    """A small content of its own for each image, so that no two have the same checksum."""
    return hashlib.sha256(name.encode()).digest() * (_IMAGE_BYTES // hashlib.sha256().digest_size)


def _create_flavor(api: Api, flavor: Flavor) -> None:
    memory_mib = flavor.memory_gib * _MIB_PER_GIB
    size = {"vcpus": flavor.vcpu, "ram": memory_mib, "disk": flavor.disk_gib}
    api.call("POST", f"{api.nova}/flavors", json={"flavor": {"id": flavor.name, "name": flavor.name, **size}})


def _ensure_image(api: Api, name: str) -> None:
    found = api.all(f"{api.glance}/images", name=name)
    body = {"name": name, "disk_format": "raw", "container_format": "bare", "visibility": "public", "min_disk": 1}
    image = found[0] if found else api.call("POST", f"{api.glance}/images", json=body).json()
    if image["status"] == "queued":
        headers = {"Content-Type": "application/octet-stream"}
        api.call("PUT", f"{api.glance}/images/{image['id']}/file", data=image_content(name), headers=headers)


def _ensure_network(api: Api, network: Network) -> None:
    kind = {"provider:network_type": "vxlan"}
    if network.physical_network:
        kind = {"provider:network_type": "flat", "provider:physical_network": network.physical_network}
    body = {"name": network.name, "router:external": True, "is_default": network.for_everyone, "shared": False, **kind}
    found = api.ensure(f"{api.neutron}/networks", "network", body)
    if not network.for_everyone:
        _open_to_owner_only(api, found)
    subnet = {"name": f"{network.name}-v4", "network_id": found["id"], "ip_version": 4, "cidr": network.cidr}
    filters = {"network_id": found["id"]}
    api.ensure(f"{api.neutron}/subnets", "subnet", {**subnet, "enable_dhcp": False}, **filters)


def _open_to_owner_only(api: Api, network: Mapping[str, Any]) -> None:
    """Replace the row for everyone, which Neutron adds to an external network, by one for its own project.

    Never without any: with its last such row a network stops being external. Rows of other projects stay.
    """
    url, rows = f"{api.neutron}/rbac-policies", {"object_id": network["id"], "action": "access_as_external"}
    own = {**rows, "target_tenant": network["project_id"]}
    api.ensure(url, "rbac_policy", {"object_type": "network", **own}, **own)
    for row in api.all(url, **rows, target_tenant="*"):
        api.call("DELETE", f"{url}/{row['id']}")
