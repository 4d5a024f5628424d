"""A unit's own access to the project of its system: one application credential per approved access."""

from stacks.components.labels import labels
from stacks.components.project import PROJECT
from stacks.resource import Resource
from stacks.spec import Access, StackSpec

GROUP = "stack-api-access"


def api_access(spec: StackSpec) -> tuple[Resource, ...]:
    """One credential each; nothing where no document asks for one."""
    if not spec.accesses:
        return ()
    credentials = tuple(_credential(spec, access) for access in spec.accesses)
    return (Resource("govcloud:components:ApiAccess", GROUP, component=True), *credentials)


def _credential(spec: StackSpec, access: Access) -> Resource:
    return Resource(
        "govcloud:openstack:ApplicationCredential",
        f"access-{access.name}",
        {
            "project_id": PROJECT,
            "domain": spec.cloud.domain,
            "name": f"{spec.project_name}/{access.name}",
            "role": access.role,
            "serial": access.serial,
            "enabled": access.enabled,
            "labels": labels(spec),
            **({"expires_at": access.expires_at} if access.expires_at else {}),
        },
        parent=GROUP,
        after=("quota",),
    )
