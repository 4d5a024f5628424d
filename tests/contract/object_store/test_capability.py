import pytest

from stacks.provider.ceph.capability import Capabilities, probe
from tests.contract.object_store.conftest import REGION, Endpoint

pytestmark = pytest.mark.cloud

CEPH = Capabilities(
    tagging=True,
    versioning=True,
    expiry=True,
    public_access_block=True,
    default_encryption=False,
    bucket_policy=True,
    conditional_write=True,
    anonymous_refused=True,
    wrong_secret_refused=True,
    nonempty_delete_refused=True,
    admin_api=True,
)
MOTO = Capabilities(
    tagging=True,
    versioning=True,
    expiry=True,
    public_access_block=True,
    default_encryption=True,
    bucket_policy=False,
    conditional_write=True,
    anonymous_refused=False,
    wrong_secret_refused=False,
    nonempty_delete_refused=True,
    admin_api=False,
)


@pytest.mark.parametrize(("endpoint", "expected"), [("ceph", CEPH), ("moto", MOTO)], indirect=["endpoint"])
def test_the_probe_finds_what_the_store_does_and_not_what_it_says(endpoint: Endpoint, expected: Capabilities) -> None:
    assert probe(endpoint.url, REGION, endpoint.keys, endpoint.admin) == expected


def test_the_probe_leaves_nothing_behind(endpoint: Endpoint) -> None:
    probe(endpoint.url, REGION, endpoint.keys)
    assert not [
        each["Name"] for each in endpoint.client().list_buckets()["Buckets"] if each["Name"].startswith("gc-probe")
    ]


def test_what_is_missing_for_buckets_with_limits_is_named() -> None:
    assert CEPH.missing == ()
    assert MOTO.missing == ("admin_api", "anonymous_refused", "wrong_secret_refused")
