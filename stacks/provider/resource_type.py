"""What the provider asks of each resource type; a type knows one service and nothing of gRPC or the engine."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

Inputs = Mapping[str, Any]
"""Plain Python values by property name. In `check` a value may be `values.UNKNOWN`; elsewhere never."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an input cannot be accepted, and how it should be."""

    property: str
    reason: str


@dataclass(frozen=True, slots=True)
class Created:
    """What exists now: its id in the cloud, and outputs beside its inputs."""

    id: str
    outputs: Inputs = field(default_factory=dict)


MADE_AT: Final = "made_at"
"""Output of what was adopted: the instant at which the cloud says that it was made, in UTC."""


def made_at(told: object) -> Inputs:
    """The outputs of something adopted, by the cloud's own instant; none where the cloud does not tell."""
    return {MADE_AT: str(told)} if told else {}


@dataclass(frozen=True, slots=True)
class Found:
    """What exists, as read: the inputs that would make it so, and outputs."""

    id: str
    inputs: Inputs
    outputs: Inputs = field(default_factory=dict)


class Refused(Exception):
    """The cloud, or a rule of this provider, does not allow it; the message says what cures it. Nothing was made."""


class Incomplete(Exception):
    """It exists but is not as it should be: its id is kept in the state and the next run goes on from there."""

    def __init__(self, id_: str, reason: str, outputs: Inputs | None = None) -> None:
        super().__init__(reason)
        self.id = id_
        self.reason = reason
        self.outputs: Inputs = outputs or {}


class ResourceType(ABC):
    """One token of the provider. Instances live for one operation and may share a session."""

    token: ClassVar[str]
    """`govcloud:openstack:Server`"""
    required: ClassVar[frozenset[str]] = frozenset()
    """Inputs that must be given."""
    optional: ClassVar[frozenset[str]] = frozenset()
    """Inputs that may be left out; anything else is refused by `check`."""
    computed: ClassVar[frozenset[str]] = frozenset()
    """Outputs that only the cloud knows: shown as unknown in a preview of a create."""
    replaces: ClassVar[frozenset[str]] = frozenset()
    """Inputs whose change replaces the resource. They, the stack and the logical name make the key."""
    delete_before_replace: ClassVar[bool] = False
    """Two of them cannot exist at once: a natural key would collide."""
    holds_data: ClassVar[bool] = False
    """A delete or replace loses data: it needs a permit."""

    def check(self, inputs: Inputs) -> Sequence[Problem]:
        """Everything wrong with the inputs; makes no network call."""
        return self.shape(inputs) or self.problems(inputs)

    def shape(self, inputs: Inputs) -> list[Problem]:
        """Missing and unknown inputs."""
        missing = [Problem(name, "is missing") for name in sorted(self.required - inputs.keys())]
        allowed = self.required | self.optional
        extra = [Problem(name, f"is no input of {self.token}") for name in sorted(inputs.keys() - allowed)]
        return missing + extra

    def problems(self, _inputs: Inputs) -> Sequence[Problem]:
        """What is wrong with the values, once all are there."""
        return ()

    def replaced_by(self, _old: Inputs, _new: Inputs) -> frozenset[str]:
        """Changed inputs that replace because of their values (a volume that shrinks), beyond `replaces`."""
        return frozenset()

    @abstractmethod
    async def create(self, key: str, inputs: Inputs) -> Created:
        """The resource, made or adopted by `key` (`gc-` + 24 hex)."""

    @abstractmethod
    async def read(self, id_: str, key: str, inputs: Inputs) -> Found | None:
        """The resource as it is now; None when it is gone."""

    @abstractmethod
    async def update(self, id_: str, key: str, old: Inputs, new: Inputs) -> Inputs:
        """The outputs after it was changed in place from `old` to `new`; also repairs what an earlier run left."""

    @abstractmethod
    async def delete(self, id_: str, inputs: Inputs) -> None:
        """Nothing; it is gone, also when it was gone before."""
