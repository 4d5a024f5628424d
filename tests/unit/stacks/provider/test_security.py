from typing import Any

from stacks.provider.security import flows_by_shape


def rule(flow: str, **changes: Any) -> dict[str, Any]:
    return {
        "flow": flow,
        "direction": "ingress",
        "protocol": "tcp",
        "port_min": 80,
        "port_max": 90,
        "remote_cidr": "10.0.0.0/8",
        **changes,
    }


def test_flows_that_ask_for_the_same_share_one_rule_since_the_service_refuses_a_second() -> None:
    shapes = flows_by_shape([rule("F-2"), rule("F-1"), rule("F-3", port_max=91)])
    assert list(shapes.values()) == ["F-1 F-2", "F-3"]


def test_a_protocol_without_ports_has_none_and_any_protocol_is_none() -> None:
    icmp, anything = flows_by_shape(
        [rule("F-1", protocol="icmp", port_min=0, port_max=0), rule("F-2", protocol="any", port_min=0, port_max=0)]
    )
    assert (icmp[1:4], anything[1:4]) == (("icmp", None, None), (None, None, None))


def test_the_family_follows_the_network() -> None:
    (shape,) = flows_by_shape([rule("F-1", remote_cidr="2001:db8::/32")])
    assert shape[-1] == "IPv6"
