from dataclasses import replace

import pytest

from stacks.components.bandwidth import limit_name
from stacks.program.build import build
from stacks.resource import Ref, Resource
from tests.fixtures.stack_specs import sample


def named(resources: tuple[Resource, ...], name: str) -> Resource:
    return next(resource for resource in resources if resource.name == name)


def test_a_figure_is_one_policy_in_kbit_per_second_both_ways() -> None:
    found = build(sample(servers=3))
    policies = [resource for resource in found if resource.type.endswith(":QosPolicy")]
    assert [(p.name, p.properties["egress_kbps"], p.properties["ingress_kbps"]) for p in policies] == [
        ("limit-2m", 2_000, 2_000),
        ("limit-18m", 18_000, 18_000),
        ("limit-20m", 20_000, 20_000),
    ]


def test_a_figure_that_is_no_whole_mbit_is_named_in_kbit() -> None:
    assert (limit_name(900), limit_name(2_000)) == ("limit-900k", "limit-2m")


def test_port_address_and_gateway_are_each_limited() -> None:
    found = build(sample())
    limits = {
        name: named(found, name).properties["qos_policy_id"] for name in ("port-web-1", "address-front", "router")
    }
    assert limits == {"port-web-1": Ref("limit-20m"), "address-front": Ref("limit-18m"), "router": Ref("limit-2m")}


@pytest.mark.parametrize("gateway_kbps", [1_999, 2_001, 20_000])
def test_ways_out_that_do_not_sum_to_the_approved_figure_are_refused(gateway_kbps: int) -> None:
    with pytest.raises(ValueError, match=r"BANDWIDTH_NOT_AS_APPROVED\(C-6\(四\)\).*批复为20000 kbit/s"):
        build(replace(sample(), gateway_kbps=gateway_kbps))


def test_a_stack_that_leaves_its_subnet_without_approved_bandwidth_is_refused() -> None:
    spec = replace(sample(servers=0), bandwidth_mbps=0, gateway_kbps=0)
    with pytest.raises(ValueError, match="a limit of 0 would be none"):
        build(spec)


def test_without_bandwidth_a_stack_may_exist_that_nothing_leaves() -> None:
    spec = replace(sample(servers=0), bandwidth_mbps=0, gateway_kbps=0, routed=False)
    assert not [resource for resource in build(spec) if resource.type.endswith(":QosPolicy")]


def test_a_public_address_in_the_extranet_zone_is_refused() -> None:
    with pytest.raises(ValueError, match=r"ZONE_MISMATCH\(C-2\).*在电子政务外网区申请了1个公网地址"):
        build(replace(sample(), zone="extranet"))
