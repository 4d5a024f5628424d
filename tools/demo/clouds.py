"""What the clouds themselves say: every project of the providers' domains, listed with an administrator's account."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from openstack.config import OpenStackConfig
from openstack.connection import Connection

BYTES_PER_GIB = 1 << 30
KIB_PER_GIB = 1 << 20
DOMAINS = ("provider-a", "provider-b")


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket with its hard limit, and the users beside its owner whom its policy names, sorted."""

    quota_gib: int
    readers: tuple[str, ...] = ()


@dataclass(slots=True)
class Inventory:
    """What exists, by project name and then by kind and name."""

    domains: dict[str, str] = field(default_factory=dict)
    projects: dict[str, dict[str, Any]] = field(default_factory=dict)
    buckets: dict[str, Bucket] = field(default_factory=dict)
    backups: dict[str, list[str]] = field(default_factory=dict)
    """By name of the volume: `full 2026-11-23 available`, oldest first."""
    snapshots: dict[str, int] = field(default_factory=dict)
    """How many, by project."""

    def of(self, project: str) -> dict[str, Any]:
        """What one project holds; empty where there is no such project."""
        return self.projects.get(project, _nothing())

    def names(self) -> Iterator[str]:
        """What every server, volume, port, group, project and bucket is called in the table."""
        for project, kinds in self.projects.items():
            yield f"project {project}"
            for kind, singular in (
                ("servers", "server"),
                ("volumes", "volume"),
                ("ports", "port"),
                ("groups", "group"),
            ):
                yield from (f"{singular} {name}" for name in kinds[kind])
        yield from (f"bucket {name}" for name in self.buckets)
        yield from (f"backup {name}" for name in self.backups)


def _nothing() -> dict[str, Any]:
    return {"servers": {}, "volumes": {}, "ports": {}, "groups": {}, "addresses": [], "gateways": [], "quota": {}}


def inventory(clouds_file: Path, cloud: str, object_stores: Path) -> Inventory:
    """Everything in the providers' domains and in the gateways of `object_stores`."""
    region = OpenStackConfig(config_files=[str(clouds_file)], load_envvars=False).get_one(cloud)
    connection: Any = Connection(config=region)
    found = Inventory()
    ids: dict[str, str] = {}
    for domain in DOMAINS:
        domain_id = connection.identity.find_domain(domain, ignore_missing=False).id
        for project in connection.identity.projects(domain_id=domain_id):
            ids[project.id] = project.name
            found.domains[project.name] = domain
            found.projects[project.name] = _nothing()
    for project_id, name in ids.items():
        found.projects[name]["quota"] = _quota(connection, project_id)
        found.buckets |= _containers(connection, project_id)
    found.buckets |= _containers(connection, connection.session.get_project_id(), prefix="copy-")
    _servers_and_volumes(connection, ids, found)
    _backups(connection, ids, found)
    _network(connection, ids, found)
    for store in json.loads(object_stores.read_text(encoding="utf-8")).values():
        found.buckets |= _gateway(store)
    return found


def _servers_and_volumes(connection: Any, ids: Mapping[str, str], found: Inventory) -> None:
    names = {}
    for server in connection.compute.servers(all_projects=True):
        if server.project_id in ids:
            names[server.id] = server.name
            flavor = server.flavor.original_name or server.flavor.name
            found.projects[ids[server.project_id]]["servers"][server.name] = {"flavor": flavor, "status": server.status}
    for volume in connection.block_storage.volumes(all_projects=True):
        if volume.project_id in ids:
            attached = [names.get(a["server_id"], "?") for a in volume.attachments]
            found.projects[ids[volume.project_id]]["volumes"][volume.name] = {
                "size": volume.size,
                "type": volume.volume_type,
                "server": ", ".join(attached) or "nothing",
            }


def _backups(connection: Any, ids: Mapping[str, str], found: Inventory) -> None:
    """Backups and snapshots of all projects, with the names that their volumes had when they were made."""
    owner = "os-backup-project-attr:project_id"
    path: str | None = "/backups/detail?all_tenants=1&sort=created_at:asc"
    while path:
        answer = connection.block_storage.get(path, microversion="3.70").json()
        for backup in answer["backups"]:
            if backup[owner] in ids:
                name, _, day = (backup["description"] or backup["id"]).rpartition(" ")
                mode = "incremental" if backup["is_incremental"] else "full"
                found.backups.setdefault(name, []).append(f"{mode} {day} {backup['status']}")
        path = next((link["href"] for link in answer.get("backups_links", []) if link["rel"] == "next"), None)
    for snapshot in connection.block_storage.snapshots(all_projects=True):
        if snapshot.project_id in ids:
            name = ids[snapshot.project_id]
            found.snapshots[name] = found.snapshots.get(name, 0) + 1


def _network(connection: Any, ids: Mapping[str, str], found: Inventory) -> None:
    rates = {policy.id: _rates(policy.rules) for policy in connection.network.qos_policies()}
    ports = {}
    for port in connection.network.ports():
        if port.project_id in ids and port.device_owner.startswith("compute:"):
            ports[port.id] = port.name
            found.projects[ids[port.project_id]]["ports"][port.name] = {
                "address": port.fixed_ips[0]["ip_address"],
                **rates.get(port.qos_policy_id, {"egress_kbps": 0, "ingress_kbps": 0}),
            }
    for address in connection.network.ips():
        if address.project_id in ids:
            found.projects[ids[address.project_id]]["addresses"].append(
                {
                    "port": ports.get(address.port_id),
                    **rates.get(address.qos_policy_id, {"egress_kbps": 0, "ingress_kbps": 0}),
                }
            )
    for router in connection.network.routers():
        if router.project_id in ids and router.external_gateway_info:
            rate = rates.get(router.external_gateway_info.get("qos_policy_id"), {"egress_kbps": 0, "ingress_kbps": 0})
            found.projects[ids[router.project_id]]["gateways"].append(rate)
    for group in connection.network.security_groups():
        if group.project_id in ids and group.name != "default":
            found.projects[ids[group.project_id]]["groups"][group.name] = len(group.security_group_rules)


def _rates(rules: list[Mapping[str, Any]]) -> dict[str, int]:
    by_side = {rule["direction"]: rule["max_kbps"] for rule in rules if "max_kbps" in rule}
    return {"egress_kbps": by_side.get("egress", 0), "ingress_kbps": by_side.get("ingress", 0)}


def _quota(connection: Any, project_id: str) -> dict[str, int]:
    compute = connection.compute.get(f"/os-quota-sets/{project_id}").json()["quota_set"]
    block = connection.block_storage.get(f"/os-quota-sets/{project_id}").json()["quota_set"]
    network = connection.network.get(f"/quotas/{project_id}").json()["quota"]
    return {
        "cores": compute["cores"],
        "ram GiB": compute["ram"] // 1024,
        "servers": compute["instances"],
        "volumes": block["volumes"],
        "block GiB": block["gigabytes"],
        "snapshots": block["snapshots"],
        "backups": block["backups"],
        "backup GiB": block["backup_gigabytes"],
        "public addresses": network["floatingip"],
    }


def _containers(connection: Any, project_id: str, prefix: str = "") -> dict[str, Bucket]:
    store = connection.object_store
    account = store.get_endpoint().rsplit("/", 1)[0] + f"/AUTH_{project_id}"
    found = {}
    answer = store.get(f"{account}?format=json&prefix={prefix}")
    for container in answer.json() if answer.ok and answer.content else []:
        head = store.head(f"{account}/{container['name']}")
        limit = int(head.headers.get("X-Container-Meta-Quota-Bytes", 0))
        if not container["name"].endswith("+versions") and not container["name"].startswith("\x00"):
            found[container["name"]] = Bucket(limit // BYTES_PER_GIB)
    return found


def _gateway(store: Mapping[str, str]) -> dict[str, Bucket]:
    """All buckets of all tenants in one call of the gateway's admin API."""
    held = _asked(store, store, "/admin/bucket", {"stats": "True", "format": "json"}).json()
    found = {}
    for bucket in held:
        name, limit = bucket["bucket"].rsplit("/", 1)[-1], bucket["bucket_quota"]
        size_gib = limit["max_size_kb"] // KIB_PER_GIB if limit["enabled"] else 0
        found[name] = Bucket(size_gib, _readers(store, bucket["owner"], name))
    return found


def _readers(store: Mapping[str, str], owner: str, name: str) -> tuple[str, ...]:
    """Whom the bucket's policy names, whatever it lets them do; asked with the owner's key."""
    keys = _asked(store, store, "/admin/user", {"uid": owner, "format": "json"}).json()["keys"]
    answer = _asked(store, keys[0], f"/{name}", {"policy": ""}) if keys else None
    if answer is None or answer.status_code == requests.codes.not_found:
        return ()
    given = [statement["Principal"] for statement in answer.json()["Statement"]]
    named = [each for one in given for each in ([one] if isinstance(one, str) else _listed(one["AWS"]))]
    return tuple(sorted(each.replace("arn:aws:iam::", "").replace(":user/", "$") for each in named))


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _asked(store: Mapping[str, str], keys: Mapping[str, str], path: str, query: Mapping[str, str]) -> requests.Response:
    request = AWSRequest("GET", f"{store['endpoint']}{path}", params=dict(query))
    credentials = Credentials(keys["access_key"], keys["secret_key"])
    S3SigV4Auth(credentials, "s3", store.get("region") or "us-east-1").add_auth(request)
    prepared = request.prepare()
    answer = requests.get(prepared.url, headers=dict(prepared.headers), timeout=30)
    if answer.status_code != requests.codes.not_found:
        answer.raise_for_status()
    return answer
