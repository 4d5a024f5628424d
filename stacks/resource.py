"""What a component gives back: resources as plain values, in the order in which they may be registered."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Ref:
    """The id of another resource of the same stack (or one of its outputs), known once that one exists."""

    resource: str
    output: str = "id"


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource to register.

    `type` is the token (`govcloud:openstack:Server`); a component's token has no properties and groups its children.
    `name` is unique in the stack and never holds `::`. `holds_data` asks the plan gate for a permit before a delete
    or replace.
    """

    type: str
    name: str
    properties: Mapping[str, object] = field(default_factory=dict)
    parent: str | None = None
    after: tuple[str, ...] = ()
    deleted_with: str | None = None
    component: bool = False
    holds_data: bool = False
    timeout_s: int | None = None


def references(value: object) -> Iterator[Ref]:
    """Every Ref inside a property value, depth first."""
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from references(inner)
