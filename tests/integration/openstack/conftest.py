"""One private cloud for all tests of this folder, on ports of its own; gone afterwards."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from openstack.config import OpenStackConfig
from openstack.connection import Connection
from openstack.identity.v3._proxy import Proxy as Identity

from tools.openstack import cloud
from tools.openstack.access import Endpoints
from tools.openstack.layout import Layout, user_cache


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running cloud, and the lines that bringing it up printed."""

    layout: Layout
    endpoints: Endpoints
    lines: list[str]

    def connect(self, name: str, **auth: str) -> Connection:
        """A connection by an entry of the cloud's own `clouds.yaml`, or as someone else by `auth`."""
        known = OpenStackConfig(config_files=[str(self.layout.clouds_yaml)], load_envvars=False)
        return Connection(config=known.get_one(name, auth=auth))


def identity(connection: Connection) -> Identity:
    """The Identity calls, of version 3."""
    calls = connection.identity
    assert isinstance(calls, Identity)
    return calls


@dataclass(frozen=True, slots=True)
class Tenant:
    """A project of one provider's domain, made by the broker, and its user's connection."""

    project_id: str
    user_id: str
    connection: Connection = field(repr=False)


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    layout = Layout(tmp_path_factory.mktemp("a cloud"))
    lines: list[str] = []
    try:
        yield Sandbox(layout, cloud.up(layout, user_cache(), lines.append), lines)
    finally:
        cloud.reset(layout, lines.append)


@pytest.fixture(scope="session")
def broker(sandbox: Sandbox) -> Iterator[Connection]:
    with sandbox.connect("sandbox") as connection:
        yield connection


@pytest.fixture(scope="session")
def tenant(sandbox: Sandbox, broker: Connection) -> Iterator[Tenant]:
    calls = identity(broker)
    domain = calls.find_domain("provider-a", ignore_missing=False)
    project = calls.create_project(name="online-hall/internet", domain_id=domain.id)
    user = calls.create_user(name="online-hall", password="only-here", domain_id=domain.id)  # noqa: S106 - a throw-away cloud
    member = calls.find_role("member", ignore_missing=False)
    calls.assign_project_role_to_user(project, user, member)
    broker.set_compute_quotas(project.id, ram=1 << 20)
    scope = {"project_name": project.name, "project_domain_name": "provider-a", "user_domain_name": "provider-a"}
    with sandbox.connect("sandbox", username=user.name, password="only-here", **scope) as connection:  # noqa: S106 - as above
        yield Tenant(project.id, user.id, connection)
