"""Accounts and catalogue in Keystone: needed before any other service can answer."""

from collections.abc import Iterable, Mapping

from tools.openstack.catalogue import KEYSTONE, REGION, Service
from tools.openstack.passwords import Passwords
from tools.openstack.seed.rest import Api
from tools.openstack.seed.seeds import Seeds

INTERFACES = ("public", "internal", "admin")
SERVICE_ROLES = ("admin", "service")


def seed(api: Api, seeds: Seeds, passwords: Passwords, services: Iterable[Service], port_base: int) -> None:
    """Service accounts and endpoints, the providers' domains, and the broker with its roles."""
    wanted = {*SERVICE_ROLES, *(role for roles in seeds.accounts.values() for role in roles)}
    roles = _roles(api, wanted)
    _services(api, roles, passwords.service, services, port_base)
    for name in seeds.domains:
        api.ensure(f"{api.keystone}/domains", "domain", {"name": name})
    (project,) = api.all(f"{api.keystone}/projects", name="admin", domain_id="default")
    for name, names in seeds.accounts.items():
        _account(api, name, passwords.broker, project["id"], [roles[role] for role in names])


def _roles(api: Api, names: Iterable[str]) -> Mapping[str, str]:
    """The ids of the roles by name."""
    return {name: api.ensure(f"{api.keystone}/roles", "role", {"name": name})["id"] for name in sorted(names)}


def _services(api: Api, roles: Mapping[str, str], password: str, services: Iterable[Service], port_base: int) -> None:
    project = api.ensure(f"{api.keystone}/projects", "project", {"name": "service", "domain_id": "default"})
    for service in services:
        if service is KEYSTONE:
            continue
        _account(api, service.name, password, project["id"], [roles[role] for role in SERVICE_ROLES])
        for kind in service.types:
            _endpoints(api, service.name, kind, service.url(port_base))


def _account(api: Api, name: str, password: str, project_id: str, role_ids: Iterable[str]) -> None:
    body = {"name": name, "password": password, "domain_id": "default"}
    user = api.ensure(f"{api.keystone}/users", "user", body, name=name, domain_id="default")
    for role_id in role_ids:
        api.call("PUT", f"{api.keystone}/projects/{project_id}/users/{user['id']}/roles/{role_id}")


def _endpoints(api: Api, name: str, kind: str, url: str) -> None:
    service = api.ensure(f"{api.keystone}/services", "service", {"name": name, "type": kind}, type=kind)
    for interface in INTERFACES:
        body = {"service_id": service["id"], "interface": interface, "url": url, "region_id": REGION}
        filters = {"service_id": service["id"], "interface": interface}
        api.ensure(f"{api.keystone}/endpoints", "endpoint", body, **filters)
