import json
from dataclasses import replace
from typing import Any

from broker import journal
from broker.engine import state
from broker.estate.amount import Shape
from broker.ledger.usage import Taking
from quotas.amount import Amount
from tests.integration.engine.memory_workshop import SPEC, target

PARENT = f"urn:pulumi:{SPEC.name}::govcloud::"


def kept(*resources: tuple[str, str, dict[str, Any]]) -> bytes:
    document = json.loads(state.new(SPEC.name, "salt"))
    document["checkpoint"]["latest"]["resources"] = [
        {"urn": f"{PARENT}{type_}::{name}", "type": type_, "custom": True, "id": f"id-{name}", "inputs": inputs}
        for type_, name, inputs in resources
    ]
    return json.dumps(document).encode()


STATE = kept(
    ("govcloud:openstack:Server", "server-web-1", {"name": "web", "flavor": "g.2c4g", "power": "running"}),
    ("govcloud:openstack:Server", "server-web-2", {"name": "web", "flavor": "g.2c4g", "power": "stopped"}),
    ("govcloud:openstack:Volume", "volume-a", {"name": "a", "size_gib": 100, "type": "high_performance"}),
    ("govcloud:openstack:Bucket", "bucket-b", {"name": "b", "quota_gib": 500}),
    ("govcloud:openstack:FloatingIp", "address-c", {}),
    ("govcloud:openstack:Network", "network", {"name": "n"}),
)
TARGET = replace(target(), shapes={"g.2c4g": Shape(2, 4)}, spec=replace(SPEC, bandwidth_mbps=20))


def test_each_resource_takes_what_its_properties_say() -> None:
    takings = {taking.resource: taking for taking in journal.takings(TARGET, STATE)}
    assert {name: taking.amount for name, taking in takings.items()} == {
        "server-web-1": Amount(vcpu=2, memory_gib=4),
        "server-web-2": Amount(vcpu=2, memory_gib=4),
        "volume-a": Amount(block_gib=100, block_high_performance_gib=100),
        "bucket-b": Amount(object_gib=500),
        "address-c": Amount(public_addresses=1),
        "bandwidth": Amount(bandwidth_mbps=20),
    }
    assert [name for name, taking in takings.items() if not taking.running] == ["server-web-2"]
    assert takings["volume-a"] == Taking(
        "volume-a", "govcloud:openstack:Volume", "id-volume-a", Amount(block_gib=100, block_high_performance_gib=100)
    )


def test_the_index_says_which_resources_hold_data_and_under_which_key_they_are_found() -> None:
    indexed = {found.urn.rsplit("::", 1)[-1]: found for found in journal.index(TARGET, STATE)}
    assert {name for name, found in indexed.items() if found.holds_data} == {"volume-a", "bucket-b"}
    assert all(found.key.startswith("gc-") for found in indexed.values())
    assert {found.cloud for found in indexed.values()} == {"a"}


def test_a_stack_of_nothing_takes_no_bandwidth() -> None:
    assert journal.takings(TARGET, kept()) == ()
