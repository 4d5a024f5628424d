"""The floor: the workload by hand on openstacksdk, for exactly this case. `python -m bench.floor create|ask|destroy`.

The best order, bulk calls, threads, one shared poller per service. No plan, no recovery, no state but a file of ids. It
reads OS_* and the workload from the environment.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import openstack

from bench.workload import BOOT_GIB, CIDR, DATA_GIB, RULES, Workload, told

STATE = Path("floor.json")
POLL_S = 0.25
SHORTEST_PAUSE_S = 0.02
THREADS = 16
GONE = 404
ERROR = 300
Ids = Mapping[str, Any]


class Waiting(threading.Thread):
    """One list per tick, however many things are waited for."""

    def __init__(self, service: Any, path: str, collection: str) -> None:
        super().__init__(daemon=True)
        self._service, self._path, self._collection = service, path, collection
        self._changed = threading.Condition()
        self._stopped = False
        self.seen: frozenset[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stopped = True

    def run(self) -> None:
        """List until the block ends."""
        while not self._stopped:
            began = time.monotonic()
            items = _ok(self._service.get(self._path))[self._collection]
            with self._changed:
                self.seen = frozenset(item["id"] for item in items)
                self._changed.notify_all()
            time.sleep(max(SHORTEST_PAUSE_S, POLL_S - (time.monotonic() - began)))

    def until(self, test: Callable[[frozenset[str]], bool]) -> frozenset[str]:
        """What is listed, once the test holds of it."""
        with self._changed:
            self._changed.wait_for(lambda: self.seen is not None and test(self.seen))
        return self.seen or frozenset()


class Floor:
    """The workload on one cloud."""

    def __init__(self, workload: Workload, ids: Mapping[str, str]) -> None:
        self._start(workload, ids)
        cloud: Any = openstack.connect()
        cloud.authorize()
        self._opened(cloud)

    def _start(self, workload: Workload, ids: Mapping[str, str]) -> None:
        self._workload, self._ids, self._name = workload, ids, workload.name
        self._pool = ThreadPoolExecutor(THREADS)

    def _opened(self, cloud: Any) -> None:
        asked = [
            self._go(getattr, cloud, service) for service in ("network", "compute", "block_storage", "object_store")
        ]
        self._network, self._compute, self._block, self._objects = (each.result() for each in asked)

    def _go(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        return self._pool.submit(function, *arguments)

    def create(self) -> None:
        """Everything, working when it comes back."""
        volumes = [self._go(self._volume, "vol", n, DATA_GIB, None) for n in range(self._workload.servers)]
        disks = (
            [self._go(self._volume, "boot", n, BOOT_GIB, self._ids["image"]) for n in range(self._workload.servers)]
            if self._workload.boots_from_volume
            else []
        )
        inside, group, policy = self._go(self._net), self._go(self._group), self._go(self._policy)
        gateway = {"network_id": self._ids["external"]}
        router = self._go(
            _post,
            self._network,
            "/routers",
            {"router": {"name": self._called("router"), "external_gateway_info": gateway}},
        )
        bucket = self._go(self._objects.put, f"/{self._called('objects')}")
        network, subnet = inside.result()
        ports = self._ports(network, subnet, group.result(), policy.result())
        routed = self._go(self._route, router, subnet, ports[0])
        servers = self._servers(ports, [disk.result()["id"] for disk in disks])
        self._attach(servers, [volume.result()["id"] for volume in volumes])
        address = routed.result()
        _ok(bucket.result())
        made = {"network": network, "subnet": subnet, "group": group.result(), "policy": policy.result()}
        more = {"router": router.result()["id"], "address": address, "ports": ports, "servers": servers}
        kept = {"volumes": [v.result()["id"] for v in volumes], "disks": [d.result()["id"] for d in disks]}
        STATE.write_text(json.dumps({**made, **more, **kept}), encoding="utf-8")

    def _called(self, what: str) -> str:
        return f"{self._name}-{what}"

    def _volume(self, what: str, number: int, size_gib: int, image: str | None) -> Any:
        source = {"imageRef": image} if image else {}
        body = {"name": self._called(f"{what}-{number}"), "size": size_gib, "volume_type": "standard", **source}
        return _post(self._block, "/volumes", {"volume": body})

    def _net(self) -> tuple[str, str]:
        network = _post(self._network, "/networks", {"network": {"name": self._called("net")}})["id"]
        body = {"name": self._called("subnet"), "network_id": network, "cidr": CIDR, "ip_version": 4}
        return network, _post(self._network, "/subnets", {"subnet": body})["id"]

    def _group(self) -> str:
        group = str(_post(self._network, "/security-groups", {"security_group": {"name": self._called("sg")}})["id"])
        rules = [
            {
                "security_group_id": group,
                "direction": "ingress",
                "ethertype": "IPv4",
                "protocol": protocol,
                "port_range_min": port,
                "port_range_max": port,
                "remote_ip_prefix": "0.0.0.0/0",
            }
            for protocol, port in RULES
        ]
        _ok(self._network.post("/security-group-rules", json={"security_group_rules": rules}))
        return group

    def _policy(self) -> str:
        policy = str(_post(self._network, "/qos/policies", {"policy": {"name": self._called("qos")}})["id"])
        rule = {"max_kbps": 10_000, "max_burst_kbps": 8_000, "direction": "egress"}
        _post(self._network, f"/qos/policies/{policy}/bandwidth_limit_rules", {"bandwidth_limit_rule": rule})
        return policy

    def _ports(self, network: str, subnet: str, group: str, policy: str) -> list[str]:
        bodies = [
            {
                "name": self._called(f"port-{n}"),
                "network_id": network,
                "fixed_ips": [{"subnet_id": subnet}],
                "security_groups": [group],
                "qos_policy_id": policy,
            }
            for n in range(self._workload.servers)
        ]
        return [port["id"] for port in _ok(self._network.post("/ports", json={"ports": bodies}))["ports"]]

    def _route(self, router: Future[Any], subnet: str, port: str) -> str:
        _ok(self._network.put(f"/routers/{router.result()['id']}/add_router_interface", json={"subnet_id": subnet}))
        body = {"floating_network_id": self._ids["external"], "port_id": port}
        return str(_post(self._network, "/floatingips", {"floatingip": body})["id"])

    def _servers(self, ports: list[str], disks: list[str]) -> list[str]:
        if disks:
            with Waiting(self._block, "/volumes?status=available", "volumes") as free:
                free.until(lambda seen: set(disks) <= seen)
        made = [self._go(self._server, n, port, disks[n] if disks else None) for n, port in enumerate(ports)]
        return [server.result()["id"] for server in made]

    def _server(self, number: int, port: str, disk: str | None) -> Any:
        mapping = {"boot_index": 0, "uuid": disk, "source_type": "volume", "destination_type": "volume"}
        source: Mapping[str, Any] = {"block_device_mapping_v2": [mapping]} if disk else {"imageRef": self._ids["image"]}
        body = {"name": self._called(f"vm-{number}"), "flavorRef": self._ids["flavor"], "networks": [{"port": port}]}
        return _post(self._compute, "/servers", {"server": {**body, **source}})

    def _attach(self, servers: list[str], volumes: list[str]) -> None:
        """Each volume to its server, as soon as that one runs."""
        left, asked = dict(zip(servers, volumes, strict=True)), []
        active = Waiting(self._compute, "/servers?status=ACTIVE", "servers")
        free = Waiting(self._block, "/volumes?status=available", "volumes")
        with active, free:
            while left:
                running = active.until(lambda seen: bool(seen & left.keys())) & left.keys()
                # `available` may be read before the attach of an earlier one: only new ones count
                ready = {server: left.pop(server) for server in running}
                free.until(lambda seen, ready=ready: set(ready.values()) <= seen)  # type: ignore[misc]  # bound in this round
                asked += [
                    self._go(
                        _post,
                        self._compute,
                        f"/servers/{server}/os-volume_attachments",
                        {"volumeAttachment": {"volumeId": volume}},
                    )
                    for server, volume in ready.items()
                ]
        for each in asked:
            each.result()
        with Waiting(self._block, "/volumes?status=in-use", "volumes") as used:
            used.until(lambda seen: set(volumes) <= seen)

    def ask(self) -> None:
        """Whether everything is as it should be: one list per kind."""
        made: Ids = json.loads(STATE.read_text(encoding="utf-8"))
        lists = {
            "networks": (self._network, f"/networks?id={made['network']}"),
            "subnets": (self._network, f"/subnets?network_id={made['network']}"),
            "routers": (self._network, f"/routers?id={made['router']}"),
            "security_groups": (self._network, f"/security-groups?id={made['group']}"),
            "policies": (self._network, f"/qos/policies?id={made['policy']}"),
            "floatingips": (self._network, f"/floatingips?id={made['address']}"),
            "ports": (self._network, f"/ports?network_id={made['network']}"),
            "servers": (self._compute, "/servers/detail"),
            "volumes": (self._block, "/volumes/detail"),
        }
        asked = {kind: self._go(service.get, path) for kind, (service, path) in lists.items()}
        bucket = self._go(self._objects.head, f"/{self._called('objects')}")
        found = {kind: _ok(answer.result())[kind] for kind, answer in asked.items()}
        missing = [kind for kind, items in found.items() if not items]
        servers = {server["id"]: server["status"] for server in found["servers"]}
        holders = [at["server_id"] for volume in found["volumes"] for at in volume["attachments"]]
        wrong = [id_ for id_ in made["servers"] if servers.get(id_) != "ACTIVE" or id_ not in holders]
        if missing or wrong or bucket.result().status_code >= ERROR:
            raise SystemExit(f"changed: {missing} {wrong}")

    def destroy(self) -> None:
        """Nothing is left."""
        made: Ids = json.loads(STATE.read_text(encoding="utf-8"))
        bucket = self._go(_delete, self._objects, f"/{self._called('objects')}")
        unrouted = self._go(self._unroute, made)
        self._all(_delete, self._compute, (f"/servers/{id_}" for id_ in made["servers"]))
        ports = dict(zip(made["servers"], made["ports"], strict=True))
        volumes, asked = {*made["volumes"], *made["disks"]}, []
        there = Waiting(self._compute, "/servers", "servers")
        free = Waiting(self._block, "/volumes?status=available", "volumes")
        with there, free:
            while ports or volumes:
                time.sleep(SHORTEST_PAUSE_S)
                gone = [server for server in ports if there.seen is not None and server not in there.seen]
                asked += [self._go(_delete, self._network, f"/ports/{ports.pop(server)}") for server in gone]
                ready = volumes & (free.seen or frozenset())
                volumes -= ready
                asked += [self._go(_delete, self._block, f"/volumes/{volume}") for volume in ready]
        for each in (*asked, unrouted):
            each.result()
        last = (
            (f"/networks/{made['network']}"),
            f"/security-groups/{made['group']}",
            f"/qos/policies/{made['policy']}",
        )
        self._all(_delete, self._network, last)
        every = {*made["volumes"], *made["disks"]}
        with Waiting(self._block, "/volumes", "volumes") as volumes_left:
            volumes_left.until(lambda seen: not every & seen)
        bucket.result()

    def _unroute(self, made: Ids) -> None:
        _delete(self._network, f"/floatingips/{made['address']}")
        leg = {"subnet_id": made["subnet"]}
        _ok(self._network.put(f"/routers/{made['router']}/remove_router_interface", json=leg))
        _delete(self._network, f"/routers/{made['router']}")

    def _all(self, function: Callable[..., Any], service: Any, paths: Iterable[str]) -> None:
        for each in [self._go(function, service, path) for path in paths]:
            each.result()


def _ok(answer: Any) -> Any:
    if answer.status_code >= ERROR:
        raise SystemExit(f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text[:300]}")
    return answer.json() if answer.content else None


def _post(service: Any, path: str, body: Mapping[str, Any]) -> Any:
    return next(iter(_ok(service.post(path, json=body)).values()))


def _delete(service: Any, path: str) -> None:
    answer = service.delete(path)
    if answer.status_code >= ERROR and answer.status_code != GONE:
        raise SystemExit(f"DELETE {path}: {answer.status_code} {answer.text[:300]}")


if __name__ == "__main__":
    getattr(Floor(*told()), {"create": "create", "ask": "ask", "destroy": "destroy"}[sys.argv[1]])()
    sys.stdout.flush()
    os._exit(0)  # a list may still be on its way
