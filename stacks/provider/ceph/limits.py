"""Arithmetic of the gateway's hard limits: GiB of documents, KiB of its API, and the blocks in which it counts."""

from dataclasses import dataclass
from typing import Final

BLOCK_BYTES: Final = 4096
"""The gateway counts each object in whole blocks against a limit."""
_KIB_BYTES: Final = 1024
_GIB_BYTES: Final = 2**30
UNLIMITED_KIB: Final = -1
NO_BUCKETS: Final = -1
"""What the gateway calls a user who may have none; its 0 means any number."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit in bytes; None where the gateway enforces nothing."""

    size_bytes: int | None

    @property
    def size_kib(self) -> int:
        """The limit as the admin API takes it, rounded down: never more than was granted."""
        return UNLIMITED_KIB if self.size_bytes is None else self.size_bytes // _KIB_BYTES

    @property
    def size_gib(self) -> int | float | None:
        """The limit as documents write it; a fraction only where somebody set one by hand."""
        if self.size_bytes is None:
            return None
        whole, rest = divmod(self.size_bytes, _GIB_BYTES)
        return self.size_bytes / _GIB_BYTES if rest else whole


def limit_of_gib(size_gib: int) -> Limit:
    """The limit for a granted size in GiB."""
    return Limit(size_gib * _GIB_BYTES)


def counted_bytes(size_bytes: int) -> int:
    """What an object of this size takes of a limit."""
    return -(-size_bytes // BLOCK_BYTES) * BLOCK_BYTES


def max_buckets_sent(count: int) -> int:
    """The number of permitted buckets as the admin API takes it."""
    return count if count > 0 else NO_BUCKETS


def max_buckets_read(figure: int) -> int | None:
    """The number of permitted buckets from the admin API; None for any number."""
    return None if figure == 0 else max(figure, 0)
