"""The engine's name of a resource, taken apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stacks.provider.key import key_of
from stacks.provider.resource_type import ResourceType


@dataclass(frozen=True, slots=True)
class Urn:
    """`urn:pulumi:<stack>::<project>::<parents' types>$<token>::<name>`."""

    stack: str
    """Project and stack: `<project>/<stack>`."""
    token: str
    name: str


def parse(urn: str) -> Urn:
    """The parts of a URN."""
    head, project, types, name = urn.split("::", 3)
    return Urn(f"{project}/{head.removeprefix('urn:pulumi:')}", types.rpartition("$")[2], name)


def key_for(urn: str, type_: ResourceType | type[ResourceType], inputs: Mapping[str, Any]) -> str:
    """The key of a resource: its stack, its logical name, and those inputs that cannot change in place."""
    parts = parse(urn)
    immutable = {name: inputs[name] for name in sorted(type_.replaces) if name in inputs}
    return key_of(parts.stack, parts.name, immutable)
