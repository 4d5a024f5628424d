"""What changes between two sets of inputs, and whether it changes in place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stacks.provider.resource_type import ResourceType
from stacks.provider.values import plain


@dataclass(frozen=True, slots=True)
class Change:
    """One input that changes: `kind` is add, delete or update."""

    kind: str
    replaces: bool


def changes(type_: ResourceType, old: Mapping[str, Any], new: Mapping[str, Any]) -> Mapping[str, Change]:
    """The inputs that differ, by name; one that is None counts as absent, an unknown one as changed."""
    before, after = plain(old), plain(new)
    different = [name for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)]
    replacing = type_.replaces | type_.replaced_by(before, after)
    return {
        name: Change("add" if name not in before else "delete" if name not in after else "update", name in replacing)
        for name in different
    }
