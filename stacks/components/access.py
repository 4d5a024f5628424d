"""Who may reach whom: one security group per tier, with exactly the approved flows (C-2: 按需互通)."""

from stacks.components.labels import cloud_name, labels
from stacks.components.project import PROJECT
from stacks.resource import Resource
from stacks.spec import Rule, StackSpec, Tier

GROUP = "stack-access"


def group_name(tier: str) -> str:
    """Logical name of a tier's group."""
    return f"group-{tier}"


def access(spec: StackSpec) -> tuple[Resource, ...]:
    """A group per tier; a tier without approved flows gets an empty one, which denies everything both ways."""
    groups = tuple(_group(spec, tier) for tier in spec.tiers)
    return (Resource("govcloud:components:Access", GROUP, component=True), *groups)


def _group(spec: StackSpec, tier: Tier) -> Resource:
    return Resource(
        "govcloud:openstack:SecurityGroup",
        group_name(tier.name),
        {
            "project_id": PROJECT,
            "name": cloud_name(spec, tier.name),
            "rules": [_rule(rule) for rule in tier.rules],
            "labels": labels(spec),
        },
        parent=GROUP,
    )


def _rule(rule: Rule) -> dict[str, object]:
    return {
        "flow": rule.flow,
        "direction": rule.direction.value,
        "protocol": rule.protocol,
        "port_min": rule.port_min,
        "port_max": rule.port_max,
        "remote_cidr": rule.remote_cidr,
    }
