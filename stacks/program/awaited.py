"""What the servers of a stack wait for: the provider brings that about first (`stacks.provider.precedence`)."""

from collections.abc import Sequence
from typing import Final

from stacks.resource import Resource, references

_SERVER: Final = "govcloud:openstack:Server"


def awaited_by_servers(resources: Sequence[Resource]) -> frozenset[str]:
    """Names of all that servers name or come after, directly or not; without the servers themselves."""
    known = {resource.name: resource for resource in resources}
    found: set[str] = set()
    ahead = [name for resource in resources if resource.type == _SERVER for name in _named(resource)]
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += _named(known[name])
    return frozenset(found)


def _named(resource: Resource) -> tuple[str, ...]:
    return (*(ref.resource for ref in references(resource.properties)), *resource.after)
