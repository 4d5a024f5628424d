"""A bandwidth limit as a QoS policy: one rule per direction."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from stacks.provider.index import QOS_POLICY
from stacks.provider.neutron import CONFLICT, NeutronType, number_problems
from stacks.provider.resource_type import Inputs, Problem
from stacks.provider.session import Item

_LIMIT: Final = "bandwidth_limit"
DIRECTIONS: Final = ("egress", "ingress")


class QosPolicy(NeutronType):
    """Limits per direction, kbit/s (1000 bit/s)."""

    token = "govcloud:openstack:QosPolicy"  # noqa: S105 - a Pulumi type
    kind = QOS_POLICY
    singular = "policy"
    required = frozenset({"project_id", "name", "egress_kbps", "ingress_kbps", "labels"})
    replaces = frozenset({"project_id"})

    async def complete(self, item: Item, inputs: Inputs) -> None:
        """Make or change the rule of each direction."""
        have = _rules(item)
        await asyncio.gather(
            *(
                self._limit(item["id"], have.get(direction), _rule(direction, inputs[f"{direction}_kbps"]))
                for direction in DIRECTIONS
            )
        )

    async def _limit(self, policy_id: str, have: Item | None, wanted: Mapping[str, object]) -> None:
        path = f"{self.kind.path}/{policy_id}/bandwidth_limit_rules"
        if have is None:
            await self.write("POST", path, {"bandwidth_limit_rule": wanted}, accept=(CONFLICT,), step="create:QosRule")
        elif any(have[name] != value for name, value in wanted.items()):
            await self.write("PUT", f"{path}/{have['id']}", {"bandwidth_limit_rule": wanted})

    async def observed(self, item: Item, inputs: Inputs) -> Inputs:
        """Name and limits; 0 where a direction has none."""
        del inputs
        have = _rules(item)
        limits = {f"{way}_kbps": have[way]["max_kbps"] if way in have else 0 for way in DIRECTIONS}
        return {"name": item["name"], **limits}

    def problems(self, inputs: Inputs) -> Sequence[Problem]:
        """Limits that are none."""
        return [*super().problems(inputs), *number_problems(inputs, "egress_kbps", "ingress_kbps", least=1)]


def _rules(item: Item) -> Mapping[str, Item]:
    rules = (rule for rule in item.get("rules", ()) if rule.get("type", _LIMIT) == _LIMIT)
    return {rule["direction"]: rule for rule in rules}


def _rule(direction: str, kbps: int) -> Mapping[str, object]:
    # a burst of 80 % of the rate is what Neutron's documentation advises for TCP
    return {"max_kbps": kbps, "max_burst_kbps": kbps * 8 // 10, "direction": direction}
