"""One private gateway for all tests of this folder, in memory, on ports of its own; gone afterwards."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from tools.ceph import gateway
from tools.ceph.gateway import Endpoints
from tools.ceph.layout import Layout, user_cache

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

ONCE = Config(retries={"max_attempts": 1, "mode": "standard"}, s3={"addressing_style": "path"})


@dataclass(frozen=True, slots=True)
class Gateway:
    """A running gateway with the keys of its user `broker`."""

    layout: Layout
    endpoints: Endpoints

    def keys(self) -> dict[str, str]:
        """What `credentials.json` says."""
        keys: dict[str, str] = json.loads(self.layout.credentials.read_text())
        return keys

    def client(self, access_key: str, secret_key: str) -> "S3Client":
        """An S3 client with these keys."""
        client: S3Client = boto3.client(
            "s3",
            endpoint_url=self.endpoints.s3_url,
            region_name="default",
            config=ONCE,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
        )
        return client

    def admin(self, method: str, path: str, **query: str) -> Any:
        """The admin API's answer, asked as `broker`."""
        answer = self.admin_as(self.keys(), method, path, **query)
        answer.raise_for_status()
        return answer.json() if answer.text else None

    def admin_as(self, keys: Mapping[str, str], method: str, path: str, **query: str) -> requests.Response:
        """The admin API's answer to whoever has these keys."""
        url = requests.Request(method, f"{self.endpoints.admin_url}{path}", params=query).prepare().url
        signed = AWSRequest(method, url)
        S3SigV4Auth(Credentials(keys["access_key"], keys["secret_key"]), "s3", "default").add_auth(signed)
        return requests.request(method, str(url), headers=dict(signed.headers.items()), timeout=120)


@dataclass(frozen=True, slots=True)
class Tenant:
    """A system's user at the gateway: `uid` is `tenant$user`."""

    uid: str
    access_key: str
    secret_key: str = field(repr=False)
    s3: "S3Client" = field(repr=False)


@pytest.fixture(scope="session")
def ceph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    layout = Layout(tmp_path_factory.mktemp("a gateway"))
    try:
        yield Gateway(layout, gateway.up(layout, user_cache(), store="memstore"))
    finally:
        gateway.reset(layout)


def make_tenant(ceph: Gateway, uid: str) -> Tenant:
    made = ceph.admin("PUT", "/user", uid=uid, **{"display-name": uid})
    (keys,) = made["keys"]
    access_key, secret_key = keys["access_key"], keys["secret_key"]
    return Tenant(uid, access_key, secret_key, ceph.client(access_key, secret_key))


@pytest.fixture
def tenant(ceph: Gateway, request: pytest.FixtureRequest) -> Tenant:
    return make_tenant(ceph, f"{request.node.name.replace('_', '')[:40]}$system")
