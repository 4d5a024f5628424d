"""The object stores on which the same tests run: a real Ceph gateway, and moto with and without authority."""

import json
import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
import requests

from stacks.provider.ceph.account import Keys
from stacks.provider.ceph.admin import Admin
from stacks.provider.ceph.client import s3_client
from stacks.provider.operation import ObjectStore
from tools import processes
from tools.ceph import daemons, packages
from tools.ceph.gateway import PORTS
from tools.ceph.layout import Layout, user_cache
from tools.progress import Steps

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

REGION = "us-east-1"
_ALLOW_OWN: dict[str, object] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A running store, and an account that may make buckets there."""

    url: str
    keys: Keys = field(repr=False)
    stranger: Keys = field(repr=False)
    """Of an account that has no right on the first one's buckets."""
    admin: Admin | None = None

    def client(self, keys: Keys | None = None) -> "S3Client":
        """A client of the account, or of another."""
        return s3_client(self.url, REGION, keys or self.keys)

    @property
    def store(self) -> ObjectStore:
        """The admin side as an operation knows it."""
        return ObjectStore(self.url, REGION, self.keys.access_key, self.keys.secret_key)


@pytest.fixture(scope="session")
def ceph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    layout = Layout(tmp_path_factory.mktemp("gateway"))
    try:
        url, keys = _start_ceph(layout)
        admin = Admin(ObjectStore(url, REGION, keys.access_key, keys.secret_key))
        stranger = admin.create_user("elsewhere$stranger", "stranger", 1).keys[0]
        yield Endpoint(url, keys, stranger, admin)
        admin.close()
    finally:
        # its data are forgotten anyway, and the gateway takes 4 to 10 s to end by itself
        processes.stop_all((layout.pid_file(name) for name in daemons.ORDER), timeout_s=0.2)


def _start_ceph(layout: Layout) -> tuple[str, Keys]:
    """The address and keys of a gateway as `tools.ceph` starts it, but that its days last a day.

    Where they last 10 s, the worker of the life cycle holds locks for which a write waits 5 s.
    """
    for folder in ("run", "log"):
        (layout.state / folder).mkdir()
    root = packages.ensure(user_cache(), Steps(3, lambda _line: None))
    cluster = daemons.Cluster(layout, root, processes.free_port_block(PORTS))
    daemons.make(cluster, "memstore")
    lines = layout.configuration.read_text().splitlines()
    kept = [_answering_at_once(line) for line in lines if "rgw_lc_debug_interval" not in line]
    layout.configuration.write_text("\n".join([*kept, ""]))
    daemons.start_mon(cluster)
    daemons.start_osd(cluster, new=True)
    daemons.make_pools(cluster)
    daemons.start_rgw(cluster)
    made = daemons.make_user(cluster)
    return f"http://127.0.0.1:{cluster.s3_port}", Keys(made["access_key"], made["secret_key"])


def _answering_at_once(line: str) -> str:
    """The line; the gateway's own with the option without which each answer that has a body waits 40 ms for an ACK."""
    ours = line.startswith("rgw_frontends") and "tcp_nodelay" not in line
    return f"{line} tcp_nodelay=1" if ours else line


def _moto(folder: Path) -> Iterator[str]:
    port = processes.free_port_block(1)
    pid_file, log_file = folder / "pid", folder / "log"
    argv: list[str | Path] = [Path(sys.executable).with_name("moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    try:
        process = processes.start(argv, pid_file=pid_file, log_file=log_file)
        processes.wait_for_port(process, port, name="moto_server", log_file=log_file)
        yield f"http://127.0.0.1:{port}"
    finally:
        processes.stop(pid_file)


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """Believes every signature."""
    for url in _moto(tmp_path_factory.mktemp("moto")):
        yield Endpoint(url, Keys("anybody", "anything"), Keys("somebody", "else"))


@pytest.fixture(scope="session")
def guarded_moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """Checks signatures and rights from the first request after its accounts exist."""
    for url in _moto(tmp_path_factory.mktemp("guarded moto")):
        keys, stranger = _account(url, "owner", _ALLOW_OWN), _account(url, "stranger", None)
        requests.post(f"{url}/moto-api/reset-auth", data=b"0", timeout=120).raise_for_status()
        yield Endpoint(url, keys, stranger)


def _account(url: str, name: str, policy: dict[str, object] | None) -> Keys:
    # before authority is on, moto takes any key
    iam = boto3.session.Session("setup", "setup", region_name=REGION).client("iam", endpoint_url=url)
    iam.create_user(UserName=name)
    if policy:
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps(policy))
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return Keys(made["AccessKeyId"], made["SecretAccessKey"])


def _chosen(request: pytest.FixtureRequest) -> Endpoint:
    endpoint: Endpoint = request.getfixturevalue(request.param)
    return endpoint


@pytest.fixture(params=["ceph", "moto"])
def endpoint(request: pytest.FixtureRequest) -> Endpoint:
    """Every store that has buckets."""
    return _chosen(request)


@pytest.fixture(params=["ceph", "guarded_moto"])
def guarded(request: pytest.FixtureRequest) -> Endpoint:
    """Every store that checks who asks."""
    return _chosen(request)


@pytest.fixture
def admin(ceph: Endpoint) -> Admin:
    """Of the only store that has an admin API."""
    assert ceph.admin is not None
    return ceph.admin


@pytest.fixture
def name() -> str:
    """The name of a bucket that no other test has."""
    return f"bucket-{secrets.token_hex(6)}"


@pytest.fixture
def uid() -> str:
    """A user, in a tenant of its own, that no other test has."""
    return f"unit-{secrets.token_hex(4)}$system-extranet"
