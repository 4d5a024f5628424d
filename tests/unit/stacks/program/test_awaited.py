"""What servers wait for, told from what resources name."""

from dataclasses import replace

from stacks.program.awaited import awaited_by_servers
from stacks.program.build import build
from tests.fixtures.stack_specs import sample


def test_servers_wait_for_their_port_and_all_that_it_names_but_not_for_the_way_out() -> None:
    found = awaited_by_servers(build(sample()))
    assert found >= {"project", "broker-access", "quota", "network", "subnet", "group-web", "limit-20m", "port-web-1"}
    assert not any(name.startswith(("router", "address", "bucket", "external", "server", "data")) for name in found)
    assert not found & {"limit-2m", "limit-18m"}, "the limits of gateway and address have time"


def test_nothing_is_awaited_in_a_stack_without_servers() -> None:
    assert (
        awaited_by_servers(build(replace(sample(servers=0), routed=False, bandwidth_mbps=0, gateway_kbps=0)))
        == frozenset()
    )
