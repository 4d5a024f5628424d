"""What the broker relies on, proved on a real OpenStack: each call here is one the product makes."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from openstack.compute.v2.server import Server
from openstack.connection import Connection
from openstack.network.v2.network import Network
from openstack.network.v2.port import Port
from openstack.network.v2.qos_policy import QoSPolicy

from tests.integration.openstack.conftest import Sandbox, Tenant, identity

pytestmark = [
    pytest.mark.cloud,
    # the SDK calls its own deprecated methods
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

ZONE_NETWORKS = {"ext-extranet-a", "ext-internet-a", "ext-extranet-b", "ext-internet-b"}
POLL_S = 0.2


@pytest.fixture(scope="module")
def external(broker: Connection, tenant: Tenant) -> Network:
    """The external network of one zone, opened to the one project."""
    network = broker.network.find_network("ext-internet-a", ignore_missing=False)
    broker.network.create_rbac_policy(
        object_type="network", object_id=network.id, action="access_as_external", target_project_id=tenant.project_id
    )
    return network


@pytest.fixture(scope="module")
def bandwidth(tenant: Tenant, broker: Connection) -> QoSPolicy:
    """A policy of the project with a limit for each direction."""
    policy = broker.network.create_qos_policy(name="100 Mbps", project_id=tenant.project_id)
    for direction in ("ingress", "egress"):
        broker.network.create_qos_bandwidth_limit_rule(policy, max_kbps=100_000, direction=direction)
    return policy


@pytest.fixture(scope="module")
def port(tenant: Tenant, external: Network) -> Port:
    """A port on a private network that a router connects to the outside."""
    calls = tenant.connection.network
    network = calls.create_network(name="internet")
    subnet = calls.create_subnet(network_id=network.id, ip_version=4, cidr="10.1.0.0/24")
    router = calls.create_router(name="edge", external_gateway_info={"network_id": external.id})
    calls.add_interface_to_router(router, subnet=subnet.id)
    return calls.create_port(network_id=network.id, name="web-1")


@pytest.fixture(scope="module")
def server(tenant: Tenant, port: Port) -> Server:
    """A server on the port and on a boot volume, both made before it."""
    calls = tenant.connection
    image = calls.image.find_image("debian-12", ignore_missing=False)
    flavor = calls.compute.find_flavor("m.16c64g", ignore_missing=False)
    volume = calls.block_storage.create_volume(size=100, image_id=image.id, volume_type="high_performance")
    calls.block_storage.wait_for_status(volume, "available", interval=POLL_S, wait=30)
    disk = {"boot_index": 0, "uuid": volume.id, "source_type": "volume", "destination_type": "volume"}
    created = calls.compute.create_server(
        name="web-1", flavor_id=flavor.id, networks=[{"port": port.id}], block_device_mapping=[disk]
    )
    return calls.compute.wait_for_server(created, interval=POLL_S, wait=60)


def test_a_server_on_a_made_port_and_a_boot_volume_becomes_active(tenant: Tenant, server: Server, port: Port) -> None:
    assert server.status == "ACTIVE"
    assert tenant.connection.network.get_port(port.id).status == "ACTIVE"


def test_a_data_volume_is_attached_to_the_server(tenant: Tenant, server: Server) -> None:
    calls = tenant.connection
    volume = calls.block_storage.create_volume(size=200)
    assert volume.volume_type == "standard"
    calls.block_storage.wait_for_status(volume, "available", interval=POLL_S, wait=30)
    calls.compute.create_volume_attachment(server, volume_id=volume.id)
    attached = calls.block_storage.wait_for_status(volume, "in-use", interval=POLL_S, wait=30)
    assert attached.attachments[0]["server_id"] == server.id


def test_a_bandwidth_limit_is_accepted_on_a_port_and_on_a_floating_ip(
    tenant: Tenant, port: Port, external: Network, bandwidth: QoSPolicy
) -> None:
    calls = tenant.connection.network
    assert calls.update_port(port.id, qos_policy_id=bandwidth.id).qos_policy_id == bandwidth.id
    address = calls.create_ip(floating_network_id=external.id, port_id=port.id, qos_policy_id=bandwidth.id)
    assert calls.get_ip(address.id).status == "ACTIVE"
    assert address.qos_policy_id == bandwidth.id
    assert address.floating_ip_address.startswith("192.0.2.")


def test_a_bandwidth_limit_is_accepted_on_a_router_gateway(
    broker: Connection, tenant: Tenant, port: Port, external: Network, bandwidth: QoSPolicy
) -> None:
    assert port.network_id
    (router,) = broker.network.routers(project_id=tenant.project_id)
    gateway = {"network_id": external.id, "qos_policy_id": bandwidth.id}
    changed = broker.network.update_router(router, external_gateway_info=gateway)
    assert changed.external_gateway_info["qos_policy_id"] == bandwidth.id


def test_a_backup_becomes_available(tenant: Tenant) -> None:
    calls = tenant.connection.block_storage
    volume = calls.wait_for_status(calls.create_volume(size=1), "available", interval=POLL_S, wait=30)
    backup = calls.wait_for_status(calls.create_backup(volume_id=volume.id), "available", interval=POLL_S, wait=30)
    assert backup.status == "available"


@pytest.mark.usefixtures("external")
def test_a_project_sees_only_the_zone_that_was_opened_to_it(tenant: Tenant) -> None:
    seen = {network.name for network in tenant.connection.network.networks(is_router_external=True)}
    assert seen == {"ext-internet-a", "public"}


def test_no_zone_network_is_open_to_everyone(broker: Connection) -> None:
    networks = {network.id: network.name for network in broker.network.networks(is_router_external=True)}
    assert set(networks.values()) == ZONE_NETWORKS | {"public"}
    rows = broker.network.rbac_policies(object_type="network", action="access_as_external")
    open_to_all = {networks[row.object_id] for row in rows if row.target_project_id == "*"}
    assert open_to_all == {"public"}


def test_the_broker_makes_projects_and_users_in_both_providers_domains(broker: Connection) -> None:
    calls = identity(broker)
    member = calls.find_role("member", ignore_missing=False)
    for name in ("provider-a", "provider-b"):
        domain = calls.find_domain(name, ignore_missing=False)
        project = calls.create_project(name="probe", domain_id=domain.id)
        user = calls.create_user(name="probe", domain_id=domain.id)
        calls.assign_project_role_to_user(project, user, member)
        assert calls.validate_user_has_project_role(project, user, member)


def test_an_object_put_over_s3_is_read_back_and_a_quota_holds(
    sandbox: Sandbox, broker: Connection, tenant: Tenant
) -> None:
    path = f"/users/{tenant.user_id}/credentials/OS-EC2"
    key = identity(broker).post(path, json={"tenant_id": tenant.project_id}).json()["credential"]
    s3 = boto3.client(
        "s3",
        endpoint_url=sandbox.endpoints.s3_url,
        aws_access_key_id=key["access"],
        aws_secret_access_key=key["secret"],
        region_name="us-east-1",
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
    )
    s3.create_bucket(Bucket="hall")
    s3.put_object(Bucket="hall", Key="form", Body="一网通办".encode())
    assert s3.get_object(Bucket="hall", Key="form")["Body"].read().decode() == "一网通办"
    account = f"{sandbox.endpoints.s3_url}/v1/AUTH_{tenant.project_id}"
    assert broker.session.post(account, headers={"X-Account-Meta-Quota-Bytes": "20"}).status_code == 204
    with pytest.raises(ClientError, match="EntityTooLarge"):
        s3.put_object(Bucket="hall", Key="more", Body=b"x" * 100)
    s3.close()
