"""The sandbox as the bench sees it: a project for a peer, ids that it needs, and what is there afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openstack.config import OpenStackConfig
from openstack.connection import Connection

from bench.workload import DOMAIN, EXTERNAL_NETWORK, FLAVOR, IMAGE, RULES, Workload
from tools.openstack.layout import Layout

SANDBOX = Path(__file__).parents[1] / ".sandbox" / "openstack"


@dataclass(frozen=True, slots=True)
class Cloud:
    """The running sandbox with its administrator, past the proxy: nothing of this counts."""

    layout: Layout
    admin: Any = field(repr=False)

    @property
    def credentials(self) -> Mapping[str, Any]:
        """The `auth` section of the broker's account, which the peers use too."""
        auth: Mapping[str, Any] = self.admin.config.get_auth_args()
        return auth

    def ids(self) -> Mapping[str, str]:
        """Image, flavor and external network, for peers that ask for them by id."""
        return {
            "image": self.admin.image.find_image(IMAGE, ignore_missing=False).id,
            "flavor": self.admin.compute.find_flavor(FLAVOR, ignore_missing=False).id,
            "external": self.admin.network.find_network(EXTERNAL_NETWORK, ignore_missing=False).id,
        }


def connect() -> Cloud:
    """The checkout's sandbox; it must run."""
    layout = Layout(SANDBOX)
    known = OpenStackConfig(config_files=[str(layout.clouds_yaml)], load_envvars=False)
    return Cloud(layout, Connection(config=known.get_one("sandbox")))


def make_project(cloud: Cloud, name: str) -> str:
    """The id of a fresh project without limits, in which the broker's account may do everything."""
    domain = cloud.admin.identity.find_domain(DOMAIN, ignore_missing=False).id
    body = {"project": {"name": name, "domain_id": domain}}
    project = str(_ok(cloud.admin.identity.post("/projects", json=body))["project"]["id"])
    user = cloud.admin.session.get_user_id()
    for role in _ok(cloud.admin.identity.get("/roles"))["roles"]:
        if role["name"] in {"admin", "member"}:  # QoS policies are the administrator's
            _ok(cloud.admin.identity.put(f"/projects/{project}/users/{user}/roles/{role['id']}"))
    for service, path, envelope, names in (
        (cloud.admin.compute, "/os-quota-sets", "quota_set", ("instances", "cores", "ram")),
        (cloud.admin.block_storage, "/os-quota-sets", "quota_set", ("volumes", "gigabytes")),
        (cloud.admin.network, "/quotas", "quota", ("port", "security_group_rule")),
    ):
        _ok(service.put(f"{path}/{project}", json={envelope: dict.fromkeys(names, -1)}))
    return project


def project_of(cloud: Cloud, name: str) -> str | None:
    """The id of the project of this name in the providers' domain."""
    domain = cloud.admin.identity.find_domain(DOMAIN, ignore_missing=False).id
    found = _ok(cloud.admin.identity.get("/projects", params={"domain_id": domain, "name": name}))["projects"]
    return str(found[0]["id"]) if found else None


def census(cloud: Cloud, project: str) -> Mapping[str, int]:
    """What the project holds and works, counted."""
    inside: Any = cloud.admin.connect_as(project_id=project)
    servers = _ok(inside.compute.get("/servers/detail"))["servers"]
    volumes = _ok(inside.block_storage.get("/volumes/detail"))["volumes"]
    network = {
        kind: _ok(cloud.admin.network.get(f"/{path}?project_id={project}"))[kind.rpartition("/")[2]]
        for kind, path in (
            *((kind, kind) for kind in ("networks", "subnets", "routers", "ports", "floatingips")),
            *(("security_groups", "security-groups"), ("policies", "qos/policies")),
        )
    }
    limited = {policy["id"] for policy in network["policies"] if policy["rules"]}
    ports = [port for port in network["ports"] if port["device_owner"].startswith("compute:")]
    groups = [group for group in network["security_groups"] if group["name"] != "default"]
    containers = inside.object_store.get("?format=json")
    return {
        "servers": sum(server["status"] == "ACTIVE" for server in servers),
        "volumes": len(volumes),
        "attached": sum(volume["status"] == "in-use" for volume in volumes),
        "limited ports": sum(port["qos_policy_id"] in limited for port in ports),
        "networks": len(network["networks"]),
        "subnets": len(network["subnets"]),
        "routers": len(network["routers"]),
        "legs": sum(port["device_owner"] == "network:router_interface" for port in network["ports"]),
        "groups": len(groups),
        "rules": sum(rule["direction"] == "ingress" for group in groups for rule in group["security_group_rules"]),
        "addresses": sum(address["port_id"] is not None for address in network["floatingips"]),
        "containers": len(containers.json()) if containers.ok and containers.content else 0,
    }


def wanted(workload: Workload) -> Mapping[str, int]:
    """The census of a complete workload."""
    n = workload.servers
    each = {"servers": n, "volumes": workload.volumes, "attached": workload.volumes, "limited ports": n}
    once = dict.fromkeys(("networks", "subnets", "routers", "legs", "groups", "addresses", "containers"), 1)
    return {**each, **once, "rules": len(RULES)}


def remove_project(cloud: Cloud, project: str) -> None:
    """Nothing; the project, which a peer has emptied, is gone."""
    _ok(cloud.admin.identity.delete(f"/projects/{project}"))


def _ok(answer: Any) -> Any:
    if not answer.ok:
        raise SystemExit(f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text[:300]}")
    return answer.json() if answer.content else {}
