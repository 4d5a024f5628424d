"""A read-only OpenStack with as much content as asked for, answering from memory after a fixed time.

    python bench/fake_cloud.py SERVERS PROJECTS LATENCY_MS

It takes a free port of its own and says `ready PORT` once it answers there.
Per server two volumes, half a snapshot and a tenth of a public address; pages of 1,000 as Nova and Cinder cut them.
`GET /_calls` tells the requests since `POST /_reset`; `POST /_stop/N` lets the first N servers be stopped.
"""

import json
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGE = 1000
Item = dict[str, Any]


def identity(kind: str, number: int) -> str:
    """The id of a thing, the same in every run."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{kind}{number}"))


class Content:
    """Everything the cloud holds, as the bytes of its answers."""

    def __init__(self, servers: int, projects: int) -> None:
        self.projects = [identity("project", i).replace("-", "") for i in range(projects)]
        self.stopped = 0
        self._servers = servers
        volumes = servers * 2
        self.pages: dict[str, dict[str, bytes]] = {
            "/volumes/detail": paged("volumes", volumes, self._volume),
            "/snapshots/detail": paged("snapshots", servers // 2, self._snapshot),
            "/backups/detail": paged("backups", 0, self._snapshot),
            "/os-hypervisors/detail": paged("hypervisors", max(10, servers // 50), hypervisor),
            "/scheduler-stats/get_pools": whole("pools", 1, pool),
            "/projects": whole("projects", projects, self._project),
            "/floatingips": whole("floatingips", servers // 10, self._address),
            "/routers": whole("routers", projects, self._router),
            "/qos/policies": whole("policies", projects, policy),
        }
        self.stop(0)

    def stop(self, count: int) -> None:
        """Let the first `count` servers be stopped."""
        self.stopped = count
        self.pages["/servers/detail"] = paged("servers", self._servers, self._server)

    def _of(self, number: int) -> str:
        return self.projects[number % len(self.projects)]

    def _server(self, i: int) -> Item:
        return {
            "id": identity("server", i),
            "name": f"unit{i % len(self.projects):04d}-app-{i:06d}",
            "status": "SHUTOFF" if i < self.stopped else "ACTIVE",
            "tenant_id": self._of(i),
            "user_id": identity("user", i),
            "metadata": {"unit": f"U{i % len(self.projects):04d}", "system": f"S{i % 300:05d}"},
            "hostId": identity("host", i % 200),
            "image": "",
            "flavor": {"vcpus": 4, "ram": 8192, "disk": 40, "ephemeral": 0, "swap": 0, "original_name": f"g.{i % 20}"},
            "created": "2026-01-01T00:00:00Z",
            "updated": "2026-01-02T00:00:00Z",
            "addresses": {"net": [{"version": 4, "addr": f"10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}"}]},
            "OS-EXT-AZ:availability_zone": f"az{i % 2}",
            "security_groups": [{"name": "default"}],
            "OS-EXT-SRV-ATTR:host": f"cmp{i % 200:04d}",
            "OS-EXT-SRV-ATTR:instance_name": f"instance-{i:08x}",
            "OS-EXT-STS:vm_state": "active",
            "os-extended-volumes:volumes_attached": [{"id": identity("volume", 2 * i)}],
            "tags": [],
        }

    def _volume(self, i: int) -> Item:
        attached = {"id": identity("volume", i), "server_id": identity("server", i // 2), "device": "/dev/vda"}
        return {
            "id": identity("volume", i),
            "name": f"vol{i}",
            "status": "in-use" if i % 20 else "available",
            "size": 40 + (i % 5) * 20,
            "created_at": "2026-01-01T00:00:00.000000",
            "attachments": [attached] if i % 20 else [],
            "volume_type": ("standard", "high_performance")[i % 2],
            "metadata": {},
            "bootable": "false" if i % 2 else "true",
            "os-vol-tenant-attr:tenant_id": self._of(i // 2),
            "os-vol-host-attr:host": "ceph@rbd#rbd",
        }

    def _snapshot(self, i: int) -> Item:
        return {"id": identity("snapshot", i), "size": 40, "os-extended-snapshot-attributes:project_id": self._of(i)}

    def _project(self, i: int) -> Item:
        return {"id": self.projects[i], "name": f"system-{i:04d}/extranet", "domain_id": "default", "enabled": True}

    def _address(self, i: int) -> Item:
        policy_id = identity("policy", i % len(self.projects))
        return {"id": identity("ip", i), "project_id": self._of(i), "port_id": "p", "qos_policy_id": policy_id}

    def _router(self, i: int) -> Item:
        return {"id": identity("router", i), "project_id": self._of(i), "external_gateway_info": {"network_id": "n"}}


def policy(i: int) -> Item:
    """A QoS policy with both directions."""
    limits = [{"type": "bandwidth_limit", "max_kbps": 20_000, "direction": d} for d in ("egress", "ingress")]
    return {"id": identity("policy", i), "rules": limits}


def hypervisor(i: int) -> Item:
    """A host."""
    size = {"vcpus": 96, "vcpus_used": 64, "memory_mb": 512_000, "memory_mb_used": 300_000}
    return {"id": identity("hypervisor", i), "hypervisor_hostname": f"cmp{i:04d}.cloud", **size}


def pool(i: int) -> Item:
    """A storage pool."""
    return {"name": f"ceph@rbd#{i}", "capabilities": {"total_capacity_gb": 1000.0, "free_capacity_gb": 500.0}}


def whole(key: str, count: int, make: Callable[[int], Item]) -> dict[str, bytes]:
    """A list in one answer."""
    return {"": json.dumps({key: [make(i) for i in range(count)]}).encode()}


def paged(key: str, count: int, make: Callable[[int], Item]) -> dict[str, bytes]:
    """A list in pages, by the marker that asks for each."""
    pages, marker = {}, ""
    for start in range(0, max(count, 1), PAGE):
        items = [make(i) for i in range(start, min(start + PAGE, count))]
        links = {f"{key}_links": [{"rel": "next", "href": ""}]} if len(items) == PAGE else {}
        pages[marker] = json.dumps({key: items, **links}).encode()
        marker = items[-1]["id"] if items else ""
    # a full last page is followed by an empty one: the service does not look further than it is asked to
    return {**pages, marker: json.dumps({key: []}).encode()} if marker and marker not in pages else pages


def catalogue(port: int, project: str) -> Item:
    """What Keystone answers to a login."""
    base = f"http://127.0.0.1:{port}"
    urls = {
        "identity": f"{base}/identity/v3",
        "compute": f"{base}/compute/v2.1",
        "block-storage": f"{base}/volume/v3",
        "network": f"{base}/network",
        "object-store": f"{base}/swift/v1/AUTH_{project}",
    }
    found = [
        {"type": kind, "name": kind, "endpoints": [{"id": kind, "interface": "public", "region": "R1", "url": url}]}
        for kind, url in urls.items()
    ]
    of = {"id": project, "name": "admin", "domain": {"id": "default", "name": "Default"}}
    return {
        "token": {
            "methods": ["password"],
            "user": {"id": "u", "name": "admin", "domain": {"id": "default", "name": "Default"}},
            "project": of,
            "roles": [{"id": "r", "name": "admin"}],
            "catalog": found,
            "expires_at": "2099-01-01T00:00:00.000000Z",
            "issued_at": "2026-01-01T00:00:00.000000Z",
            "audit_ids": ["x"],
        }
    }


class FakeCloud(ThreadingHTTPServer):
    """Serves the content on a free port; counts what was asked."""

    def __init__(self, content: Content, latency_s: float) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = content
        self.latency_s = latency_s
        self.calls: Counter[str] = Counter()
        self.token = json.dumps(catalogue(self.server_port, content.projects[0])).encode()

    def take(self, path: str) -> None:
        """Count a request of the cloud's own, after the time it takes."""
        time.sleep(self.latency_s)
        self.calls[path] += 1


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    server: FakeCloud

    def do_POST(self) -> None:
        """A login, or an order to this program."""
        path = urlsplit(self.path).path
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if path == "/_reset":
            self.server.calls.clear()
            self.answer(b"{}")
        elif path.startswith("/_stop/"):
            self.server.content.stop(int(path.rpartition("/")[2]))
            self.answer(b"{}")
        else:
            self.server.take(path)
            self.answer(self.server.token, status=201)

    def do_GET(self) -> None:
        """A list, a version, or what was counted."""
        parts = urlsplit(self.path)
        if parts.path == "/_calls":
            self.answer(json.dumps({"total": self.server.calls.total(), "by": self.server.calls}).encode())
            return
        self.server.take(parts.path)
        self.answer(self.found(parts.path, parse_qs(parts.query).get("marker", [""])[0]))

    def found(self, path: str, marker: str) -> bytes:
        """The answer to a GET; what is no list is taken for the root of an API."""
        if "/AUTH_" in path:
            return b"[]"
        for end, pages in self.server.content.pages.items():
            if path.endswith(end):
                return pages[marker]
        here = {"rel": "self", "href": f"http://127.0.0.1:{self.server.server_address[1]}{path}"}
        return json.dumps({"version": {"id": "v3.14", "status": "stable", "links": [here]}}).encode()

    def answer(self, body: bytes, status: int = 200) -> None:
        """Send it."""
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Subject-Token", "token")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""


if __name__ == "__main__":
    if len(sys.argv) != 4:  # noqa: PLR2004 - the three arguments of the docstring
        sys.exit(__doc__)
    fake = FakeCloud(Content(int(sys.argv[1]), int(sys.argv[2])), float(sys.argv[3]) / 1000)
    print(f"ready {fake.server_port}", flush=True)
    fake.serve_forever()
