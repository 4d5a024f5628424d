"""Records of backups: each attempt, each erasure, each restore test. Facts that the broker writes (C-9(二), C-14)."""

from typing import Annotated, Literal

from pydantic import Field

from broker.documents.fields import Day, Digest, Id, Instant, Line, Part, Text


class BackupRun(Part):
    """One backup that was due, made or not: the unit's data at that moment, or why there is none (C-9(二), C-14)."""

    type: Literal["backup_run"] = "backup_run"
    key: Line
    """The same for every attempt at the same backup; its name on the cloud."""
    stack: Line
    kind: Literal["volume", "bucket"]
    name: Line
    """Of the volume or bucket on the cloud."""
    mode: Literal["full", "incremental", "copy"]
    day: Day
    """The day that it is the backup of."""
    at: Instant
    made: bool
    """Whether it is there and was looked at: the cloud's `available`, or every checksum of the copy's manifest."""
    reference: Line | None = None
    """Id of the cloud's backup, or name of the copy's manifest."""
    size_bytes: Annotated[int, Field(ge=0)] = 0
    content_digest: Digest | None = None
    """Of the copy's manifest."""
    failure: Text | None = None
    simulated: bool = False


class BackupErased(Part):
    """A backup that is there no more: newer ones took its place, or what it is of was handed over or given up."""

    type: Literal["backup_erased"] = "backup_erased"
    key: Line
    stack: Line
    at: Instant
    why: Literal["retention", "hand_over", "given_back"]
    simulated: bool = False


class Wiped(Part):
    """The evidence after a signed hand-over: what was removed, and that the cloud's lists are empty (C-12(二))."""

    type: Literal["wiped"] = "wiped"
    stack: Line
    at: Instant
    removed: tuple[Text, ...]
    """Ids of servers, volumes, snapshots and backups, and buckets with their number of objects."""
    left: tuple[Line, ...] = ()
    """What the cloud still listed afterwards; a wipe that leaves anything is no wipe and is tried again."""
    simulated: bool = False


class Discarded(Part):
    """The evidence that what a form gave back with its data is gone, of a stack that goes on (C-12(二), C-16).

    It tells what one run removed. So does one of a wipe that did not come to its end: the record `wiped` names what was
    left for the last one.
    """

    type: Literal["discarded"] = "discarded"
    stack: Line
    at: Instant
    documents: tuple[Id, ...]
    """The matters of the system: among them the forms that gave it back."""
    removed: tuple[Text, ...]
    """Names and ids of volumes and buckets, and of each bucket how many objects and versions it held."""
    left: tuple[Line, ...] = ()
    """What of it the cloud still listed afterwards; one that is listed is no evidence, and is not recorded."""
    unseen: Annotated[tuple[Text, ...], Field(exclude_if=lambda lines: not lines)] = ()
    """What the run removed by its own word alone: the cloud could not be asked whether it lists it still."""
    simulated: bool = False


class RestoreTest(Part):
    """Whether a backup gave back what was backed up; tried on a scratch volume or object by object."""

    type: Literal["restore_test"] = "restore_test"
    key: Line
    """Of the newest backup of the chain that was restored."""
    stack: Line
    at: Instant
    passed: bool
    told: Text
    simulated: bool = False
