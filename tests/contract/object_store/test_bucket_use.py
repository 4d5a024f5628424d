"""How full buckets are, as a real Ceph gateway counts it."""

import time

import pytest

from monitoring.utilisation.buckets import GatewayBuckets
from monitoring.utilisation.source import SourceFailed, Stored
from stacks.provider.ceph.admin import Admin
from stacks.provider.ceph.limits import counted_bytes
from stacks.provider.ceph.naming import gateway_uid
from stacks.provider.operation import ObjectStore
from tests.contract.object_store.conftest import Endpoint
from tools.processes import free_port_block

pytestmark = pytest.mark.cloud

SIZE = 100_000
PATIENCE_S = 300


def test_the_gateway_tells_the_buckets_of_known_accounts_alone(
    ceph: Endpoint, admin: Admin, uid: str, name: str
) -> None:
    owner = gateway_uid(uid)
    client = ceph.client(admin.create_user(owner, "区教育局 school-bus", 3).keys[0])
    client.create_bucket(Bucket=name)
    for key in ("a", "b"):
        client.put_object(Bucket=name, Key=key, Body=b"x" * SIZE)
    use = GatewayBuckets(lambda: Admin(ceph.store), {owner: "school-bus/extranet"})
    wanted = Stored("school-bus/extranet", name, 2 * counted_bytes(SIZE), 2)
    end = time.monotonic() + PATIENCE_S
    while (told := use.stored()) != [wanted] and time.monotonic() < end:
        time.sleep(0.5)  # the gateway counts in the background
    assert told == [wanted]
    assert GatewayBuckets(lambda: Admin(ceph.store), {}).stored() == []


def test_a_gateway_that_is_away_is_said_to_be_away() -> None:
    away = ObjectStore(f"http://127.0.0.1:{free_port_block(1)}", "us-east-1", "key", "secret")
    with pytest.raises(SourceFailed, match="reading the gateway's buckets"):
        GatewayBuckets(lambda: Admin(away), {}).stored()
