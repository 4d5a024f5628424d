"""Every resource of a stack, in an order in which each can be registered: what a resource names comes before it."""

from collections.abc import Iterable

from stacks.components.access import access
from stacks.components.api_access import api_access
from stacks.components.bandwidth import bandwidth
from stacks.components.buckets import buckets
from stacks.components.load_balancer import load_balancers
from stacks.components.network import network
from stacks.components.project import project
from stacks.components.public_address import public_addresses
from stacks.components.storage import storage
from stacks.components.tier import tier
from stacks.guard import Forbidden, findings, seen
from stacks.resource import Resource, references
from stacks.spec import StackSpec


def build(spec: StackSpec) -> tuple[Resource, ...]:
    """The resources of the spec.

    What `after` names and the stack does not have (a router where nothing leaves the subnet) is left out.

    Raises:
        ValueError: The spec contradicts itself: a name twice, or a reference to something it does not have.
        Forbidden: The resources break a rule that every stack must keep (`stacks.guard`).
    """
    found = (
        *project(spec),
        *bandwidth(spec),
        *network(spec),
        *access(spec),
        *(resource for one in spec.tiers for resource in tier(spec, one)),
        *storage(spec),
        *load_balancers(spec),
        *public_addresses(spec),
        *buckets(spec),
        *api_access(spec),
    )
    names = {resource.name for resource in found}
    _sound(found, spec.name)
    if broken := findings(seen(found)):
        raise Forbidden(spec.name, broken)
    return tuple(_with_known(resource, names) for resource in found)


def _with_known(resource: Resource, names: set[str]) -> Resource:
    known = tuple(name for name in resource.after if name in names)
    if known == resource.after:
        return resource
    return Resource(
        resource.type,
        resource.name,
        resource.properties,
        parent=resource.parent,
        after=known,
        deleted_with=resource.deleted_with,
        component=resource.component,
        holds_data=resource.holds_data,
        timeout_s=resource.timeout_s,
    )


def _sound(resources: Iterable[Resource], stack: str) -> None:
    seen: set[str] = set()
    for resource in resources:
        missing = sorted(ref.resource for ref in references(resource.properties) if ref.resource not in seen)
        if missing:
            raise ValueError(
                f"building {stack}: {resource.name} names {missing}, which the spec does not have before it"
            )
        if resource.name in seen:
            raise ValueError(f"building {stack}: two resources have the name {resource.name}")
        seen.add(resource.name)
