"""A tier's security group: exactly the approved flows, nothing else, both ways."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from stacks.provider.index import SECURITY_GROUP
from stacks.provider.neutron import CONFLICT, GONE, NeutronType, cidr_problems, number_problems
from stacks.provider.resource_type import Inputs, Problem
from stacks.provider.session import Item

_PORTLESS: Final = frozenset({"any", "icmp", "icmpv6"})
_HIGHEST_PORT: Final = 65535
_RULE_FIELDS: Final = frozenset({"flow", "direction", "protocol", "port_min", "port_max", "remote_cidr"})
Rule = Mapping[str, Any]
Shape = tuple[str, str | None, int | None, int | None, str | None, str]
"""Direction, protocol, ports, remote network, kind of address: what the service tells rules apart by."""


class SecurityGroup(NeutronType):
    """A group with all its rules as one resource; the two egress rules that the service adds are taken out."""

    token = "govcloud:openstack:SecurityGroup"  # noqa: S105 - a Pulumi type
    kind = SECURITY_GROUP
    singular = "security_group"
    required = frozenset({"project_id", "name", "rules", "labels"})
    replaces = frozenset({"project_id"})

    async def complete(self, item: Item, inputs: Inputs) -> None:
        """Add the rules that are missing, take out those that nothing names."""
        wanted = flows_by_shape(inputs["rules"])
        have = {_shape_shown(rule): rule for rule in item.get("security_group_rules", ())}
        gone = [rule["id"] for shape, rule in have.items() if shape not in wanted]
        renamed = {
            rule["id"]: wanted[shape]
            for shape, rule in have.items()
            if shape in wanted and rule.get("description") != wanted[shape]
        }
        await asyncio.gather(
            self._add(item["id"], {shape: flows for shape, flows in wanted.items() if shape not in have}),
            *(self.write("DELETE", f"/security-group-rules/{id_}", None, accept=(GONE,)) for id_ in gone),
            *(
                self.write("PUT", f"/security-group-rules/{id_}", {"security_group_rule": {"description": flows}})
                for id_, flows in renamed.items()
            ),
        )

    async def _add(self, group_id: str, wanted: Mapping[Shape, str]) -> None:
        if not wanted:
            return
        rules = [_body(group_id, shape, flows) for shape, flows in wanted.items()]
        answer = await self.write(
            "POST", "/security-group-rules", {"security_group_rules": rules}, accept=(CONFLICT,), step="create:Rules"
        )
        if answer.status == CONFLICT and len(rules) > 1:
            # a request of a killed run landed in between: one by one, those that exist are passed over
            for shape, flows in wanted.items():
                await self._add(group_id, {shape: flows})

    async def observed(self, item: Item, inputs: Inputs) -> Inputs:
        """Its name and rules; the rules as they stand in the inputs where they say the same."""
        shown = {_shape_shown(rule): rule.get("description") or "" for rule in item["security_group_rules"]}
        same = shown == flows_by_shape(inputs["rules"])
        return {"name": item["name"], "rules": inputs["rules"] if same else [_rule_of(*each) for each in shown.items()]}

    def problems(self, inputs: Inputs) -> Sequence[Problem]:
        """Rules that the service would read otherwise than they are meant."""
        rules = inputs["rules"]
        if not isinstance(rules, list):
            return super().problems(inputs)
        found = [problem for at, rule in enumerate(rules) for problem in _rule_problems(f"rules[{at}]", rule)]
        return [*super().problems(inputs), *found]


def flows_by_shape(rules: Sequence[Rule]) -> Mapping[Shape, str]:
    """What the service must hold: each shape once, with the flows that ask for it."""
    flows: dict[Shape, set[str]] = {}
    for rule in rules:
        flows.setdefault(_shape(rule), set()).add(rule["flow"])
    return {shape: " ".join(sorted(names)) for shape, names in flows.items()}


def _shape(rule: Rule) -> Shape:
    protocol = rule["protocol"]
    has_ports = protocol not in _PORTLESS
    ports = (rule["port_min"], rule["port_max"]) if has_ports else (None, None)
    family = "IPv6" if ":" in rule["remote_cidr"] else "IPv4"
    return rule["direction"], None if protocol == "any" else protocol, *ports, rule["remote_cidr"], family


def _shape_shown(rule: Item) -> Shape:
    ports = rule["port_range_min"], rule["port_range_max"]
    return rule["direction"], rule["protocol"], *ports, rule["remote_ip_prefix"], rule["ethertype"]


def _body(group_id: str, shape: Shape, flows: str) -> Mapping[str, Any]:
    direction, protocol, port_min, port_max, cidr, family = shape
    return {
        "security_group_id": group_id,
        "direction": direction,
        "ethertype": family,
        "protocol": protocol,
        "port_range_min": port_min,
        "port_range_max": port_max,
        "remote_ip_prefix": cidr,
        "description": flows,
    }


def _rule_of(shape: Shape, flows: str) -> Rule:
    direction, protocol, port_min, port_max, cidr, family = shape
    return {
        "flow": flows,
        "direction": direction,
        "protocol": protocol or "any",
        "port_min": port_min or 0,
        "port_max": port_max or 0,
        "remote_cidr": cidr or ("::/0" if family == "IPv6" else "0.0.0.0/0"),
    }


def _rule_problems(where: str, rule: Any) -> list[Problem]:
    if not isinstance(rule, dict) or rule.keys() != _RULE_FIELDS:
        return [Problem(where, f"must have exactly {', '.join(sorted(_RULE_FIELDS))}")]
    found = [*number_problems(rule, "port_min", "port_max"), *cidr_problems(rule, "remote_cidr")]
    if rule["direction"] not in {"ingress", "egress"}:
        found.append(Problem("direction", "must be ingress or egress"))
    if not found and rule["protocol"] not in _PORTLESS and not rule["port_min"] <= rule["port_max"] <= _HIGHEST_PORT:
        found.append(Problem("port_max", f"must be from port_min to {_HIGHEST_PORT}"))
    return [Problem(f"{where}.{problem.property}", problem.reason) for problem in found]
