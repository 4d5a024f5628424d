import pytest

from stacks.provider.ceph.naming import bucket_id, gateway_uid, owner_and_name, tenant_of


def test_a_tenant_holds_no_hyphen_and_the_user_keeps_its_own() -> None:
    assert gateway_uid("urban-mgmt$urban-v2-extranet") == "urban_mgmt$urban-v2-extranet"
    assert tenant_of("urban-mgmt$urban-v2-extranet") == "urban_mgmt"


@pytest.mark.parametrize("uid", ["urban_mgmt$urban-v2-extranet", "no-tenant"])
def test_what_the_gateway_takes_already_stays(uid: str) -> None:
    assert gateway_uid(uid) == uid


def test_a_bucket_id_gives_back_owner_and_name() -> None:
    id_ = bucket_id("urban-mgmt$urban-v2-extranet", "photos")
    assert id_ == "urban_mgmt$urban-v2-extranet/photos"
    assert owner_and_name(id_) == ("urban_mgmt$urban-v2-extranet", "photos")
