"""What one operation of the engine may do, to which cloud, on whose decision."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stacks.provider.budget import Budget
from stacks.spec import CloudTarget

if TYPE_CHECKING:  # openstacksdk takes 0.4 s to import: only where a cloud is called
    from openstack.connection import Connection


class Fenced(Exception):
    """Another run holds the stack's lease now: this one may write nothing more."""


@dataclass(frozen=True, slots=True)
class Permit:
    """What the broker's documents cover beyond plain changes: the resources that may go although they hold data."""

    urns: frozenset[str] = frozenset()
    """Pulumi URNs of resources that hold data and may be deleted or replaced."""
    state_digest: str = ""
    """Digest of the state that the permit was given for."""
    sandbox_unrestricted: bool = False
    """Lifts the gate, on a cloud marked as sandbox only: a plain `pulumi up|destroy`."""


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """The admin side of an S3 store: where it is, and the keys of the broker's admin user there."""

    endpoint: str
    region: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    budget: Budget = field(default_factory=Budget, repr=False, compare=False)
    """What all who call it in this process share."""
    cloud: str = "object store"
    """The cloud that it belongs to, by name."""


def _ignore_step(_step: str) -> None:
    """Nothing: production names no steps."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One run of the engine on one stack."""

    target: CloudTarget
    project_name: str
    """Name of the Keystone project that holds the stack."""
    known_ids: frozenset[str]
    """Every id that the state already knows: never adopted again."""
    unclean: bool
    """The last operation did not end: its last requests may still land, so look until the answer is stable."""
    permit: Permit
    fence: Callable[[], None]
    """Called right before every write to a cloud; raises Fenced when the lease's epoch is old."""
    hand_over: Callable[[str, Mapping[str, str]], None]
    """Takes a secret that a cloud made: (what it is, its fields); without fields it opens nothing any more.

    It never reaches state, outputs or logs.
    """
    connect: "Callable[[], Connection]"
    """The connection of the broker's account (admin); logs in at the first request."""
    object_store: Callable[[], ObjectStore] | None = None
    """The Ceph gateway's admin side; None where buckets are Swift's."""
    takes_everything: bool = False
    """The whole stack goes, by a document that covers all of it."""
    before_writes: Callable[[], Awaitable[None]] | None = None
    """What every write waits for; where it raises, nothing is written."""
    reached: Callable[[str], None] = _ignore_step
    """Told each named step, such as `create:Server:before-call`, so that a test can kill the run exactly there."""
