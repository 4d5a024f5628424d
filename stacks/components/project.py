"""The Keystone project of a stack, the broker's own grant in it, and what the cloud itself enforces there."""

import dataclasses

from stacks.components.labels import labels
from stacks.resource import Ref, Resource
from stacks.spec import StackSpec

GROUP = "stack-project"
PROJECT = Ref("project")


def project(spec: StackSpec) -> tuple[Resource, ...]:
    """Project, grant, quota and, where something leaves the subnet, access to the zone's external network (C-2)."""
    inside = (
        Resource(
            "govcloud:openstack:Project",
            "project",
            {"name": spec.project_name, "domain": spec.cloud.domain, "labels": labels(spec)},
            parent=GROUP,
        ),
        Resource(
            "govcloud:openstack:RoleGrant", "broker-access", {"project_id": PROJECT, "role": "member"}, parent=GROUP
        ),
        Resource("govcloud:openstack:QuotaSet", "quota", {"project_id": PROJECT, **_quota(spec)}, parent=GROUP),
    )
    access = Resource(
        "govcloud:openstack:NetworkAccess",
        "external-access",
        {"project_id": PROJECT, "network": spec.cloud.external_network},
        parent=GROUP,
    )
    return (
        Resource("govcloud:components:Project", GROUP, component=True),
        *inside,
        *((access,) if spec.routed else ()),
    )


def _quota(spec: StackSpec) -> dict[str, object]:
    figures: dict[str, object] = dataclasses.asdict(spec.quota)
    figures["block_gib_by_type"] = dict(spec.quota.block_gib_by_type)
    if not spec.cloud.load_balancing:
        del figures["load_balancers"]
    if spec.cloud.object_store.value != "swift":
        del figures["object_gib"], figures["buckets"]
    return figures
