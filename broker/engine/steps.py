"""What Pulumi would do or did to one resource, as a value that a person and the plan gate can read."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from broker.engine.state import SECRET_MARK

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
KNOWN_LATER = "[known after apply]"
SECRET = "[secret]"  # noqa: S105 - what is shown in place of one
_LOSING = frozenset({"delete", "replace", "delete-replaced"})
_PATH = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.\[\]]+)')


class Ending(StrEnum):
    """How far a step came."""

    PLANNED = "planned"
    STARTED = "started"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Change:
    """One property that differs. `before` and `after` are plain JSON values, sealed and unknown ones named as such."""

    path: str
    kind: str
    """`add`, `delete` or `update`."""
    replaces: bool
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of Pulumi on one resource. `op` is Pulumi's word: create, update, replace, delete-replaced."""

    op: str
    urn: str
    type: str
    ending: Ending
    changes: tuple[Change, ...] = ()

    @property
    def name(self) -> str:
        """The logical name: the last part of the URN."""
        return self.urn.rsplit("::", 1)[-1]


def losses(steps: Iterable[Step], types: frozenset[str] | None = None) -> frozenset[str]:
    """URNs of which the present copy ends: deleted or replaced. `types` narrows it to those that hold data.

    Compared with what the documents cover, then handed over as the permit of the run.
    """
    return frozenset(step.urn for step in steps if step.op in _LOSING and _counts(step.type, types))


def _counts(kind: str, types: frozenset[str] | None) -> bool:
    return not kind.startswith("pulumi:") if types is None else kind in types


def changes_of(metadata: Mapping[str, Any]) -> tuple[Change, ...]:
    """The property changes that an engine event tells of one step, sorted by path."""
    old, new = (_properties(metadata.get(side)) for side in ("old", "new"))
    detail = metadata.get("detailedDiff") or {}
    return tuple(
        Change(
            path=path,
            kind=difference["diffKind"].removesuffix("-replace"),
            replaces=difference["diffKind"].endswith("-replace"),
            before=shown(_at(old, path)),
            after=shown(_at(new, path)),
        )
        for path, difference in sorted(detail.items())
    )


def shown(value: Any) -> Any:
    """A property value as a person may see it: sealed values and those not known yet are named as such."""
    if value == UNKNOWN:
        return KNOWN_LATER
    if isinstance(value, Mapping):
        return SECRET if SECRET_MARK in value else {key: shown(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shown(inner) for inner in value]
    return value


def _properties(side: Mapping[str, Any] | None) -> Mapping[str, Any]:
    return (side or {}).get("inputs") or {}


def _at(value: Any, path: str) -> Any:
    """The value at a property path such as `rules[0].port_min`; None where there is nothing."""
    for quoted, index, name in _PATH.findall(path):
        if isinstance(value, Mapping):
            value = value.get(quoted or name)
        elif isinstance(value, list) and index and int(index) < len(value):
            value = value[int(index)]
        else:
            return None
    return value
