"""What clients need: `clouds.yaml` and `endpoints.json` in the state folder."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import yaml

from tools.openstack import catalogue, daemons
from tools.openstack.layout import Layout
from tools.openstack.passwords import Passwords, write_private


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the cloud is: `auth_url` of Keystone, `s3_url` of Swift, the first of its ports and its pids by service."""

    auth_url: str
    region: str
    port_base: int
    s3_url: str
    pids: Mapping[str, int]


def write(layout: Layout, passwords: Passwords, port_base: int) -> Endpoints:
    """The endpoints, after both files were written."""
    url = catalogue.auth_url(port_base)
    clouds = {
        "sandbox": _cloud("broker", passwords.broker, url),
        "sandbox-admin": _cloud("admin", passwords.admin, url),
    }
    write_private(layout.clouds_yaml, yaml.safe_dump({"clouds": clouds}, sort_keys=False))
    pids = {name: process.pid for name, process in daemons.running(layout).items()}
    endpoints = Endpoints(url, catalogue.REGION, port_base, catalogue.s3_url(port_base), pids)
    write_private(layout.endpoints, json.dumps(asdict(endpoints), indent=2) + "\n")
    return endpoints


def _cloud(username: str, password: str, url: str) -> dict[str, object]:
    domain = {"user_domain_name": "Default", "project_domain_name": "Default"}
    auth = {"auth_url": url, "username": username, "password": password, "project_name": "admin", **domain}
    return {"region_name": catalogue.REGION, "interface": "public", "identity_api_version": "3", "auth": auth}
