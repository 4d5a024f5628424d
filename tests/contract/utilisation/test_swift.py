"""Swift's account listing, from a server that answers as Keystone and Swift do: not the real thing."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from openstack.config import OpenStackConfig
from openstack.connection import Connection

from monitoring.listing import Listing
from monitoring.utilisation.buckets import SwiftBuckets
from monitoring.utilisation.source import SourceFailed, Stored

pytestmark = pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning")

CONTAINERS: dict[str, list[dict[str, Any]]] = {
    "AUTH_p1": [{"name": "photos", "count": 3, "bytes": 4096}],
    "AUTH_p2": [],
}


class Cloud(BaseHTTPRequestHandler):
    server: Any

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        url = f"http://127.0.0.1:{self.server.server_address[1]}/v1/AUTH_admin"
        endpoints = [{"interface": "public", "region": "R1", "region_id": "R1", "url": url, "id": "e"}]
        catalog = [{"type": "object-store", "name": "swift", "id": "s", "endpoints": endpoints}]
        domain = {"id": "default", "name": "Default"}
        token = {
            "methods": ["password"],
            "user": {"id": "u", "name": "a", "domain": domain},
            "project": {"id": "admin", "name": "admin", "domain": domain},
            "roles": [{"id": "r", "name": "ResellerAdmin"}],
            "catalog": catalog,
            "issued_at": "2026-11-01T00:00:00.000000Z",
            "expires_at": "2999-01-01T00:00:00.000000Z",
        }
        self.answer(201, {"token": token}, {"X-Subject-Token": "t"})

    def do_GET(self) -> None:
        account = self.path.partition("?")[0].rpartition("/")[2]
        if account in CONTAINERS:
            self.answer(200, CONTAINERS[account])
        else:
            self.answer(404, {"error": "no such account"})

    def answer(self, status: int, value: Any, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        for name, text in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass


@pytest.fixture
def listing(tmp_path: Path) -> Iterator[Listing]:
    cloud = ThreadingHTTPServer(("127.0.0.1", 0), Cloud)
    threading.Thread(target=cloud.serve_forever, daemon=True).start()
    auth = {
        "auth_url": f"http://127.0.0.1:{cloud.server_address[1]}/v3",
        "username": "a",
        "password": "b",
        "project_name": "admin",
        "user_domain_id": "default",
        "project_domain_id": "default",
    }
    file = tmp_path / "clouds.yaml"
    entry = {"auth": auth, "region_name": "R1", "auth_type": "v3password"}
    file.write_text(json.dumps({"clouds": {"c": entry}}), encoding="utf-8")
    region: Any = OpenStackConfig(config_files=[str(file)], load_envvars=False).get_one("c")
    yield Listing(lambda: Connection(config=region))
    cloud.shutdown()
    cloud.server_close()


def test_every_container_of_the_accounts_is_told_with_its_project(listing: Listing) -> None:
    use = SwiftBuckets(listing, lambda: [("p1", "urban-v2/extranet"), ("p2", "grid/extranet")])
    assert use.stored() == [Stored("urban-v2/extranet", "photos", 4096, 3)]


def test_an_account_that_cannot_be_read_is_no_empty_one(listing: Listing) -> None:
    with pytest.raises(SourceFailed, match="reading the containers of Swift"):
        SwiftBuckets(listing, lambda: [("nowhere", "x/extranet")]).stored()
