"""Objects of an object store, whichever it is; kept by `s3` for gateways and `swift` for Swift's accounts. Blocking."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Protocol


@dataclass(frozen=True, slots=True)
class Stored:
    """One object as a listing shows it. `mark` changes with the content (the store's ETag)."""

    key: str
    size_bytes: int
    mark: str


class Store(Protocol):
    """One account's buckets. Raises CloudError with what was asked, Stopped where it waited for its turn at a stop."""

    def objects(self, bucket: str, prefix: str = "") -> Iterator[Stored]:
        """Every object whose key begins so, in the order of keys; none where there is no such bucket."""

    def read(self, bucket: str, key: str) -> Iterator[bytes]:
        """The content, piece by piece."""

    def write(self, bucket: str, key: str, content: IO[bytes], size_bytes: int) -> None:
        """Nothing; the object is there when it comes back."""

    def delete(self, bucket: str, key: str) -> None:
        """Nothing; the object is gone, also when it was gone before."""

    def make(self, bucket: str) -> None:
        """Nothing; the bucket is there, also when it was there before."""

    def encrypt(self, bucket: str) -> None:
        """Nothing; what is written from now on is encrypted, where the store has such a thing."""

    def remove(self, bucket: str) -> None:
        """Nothing; the empty bucket is gone, also when it was gone before."""

    def buckets(self) -> tuple[str, ...]:
        """Names of all buckets of the account."""

    def empty(self, bucket: str) -> Iterator[tuple[str, ...]]:
        """Removes as it is asked, and names what went with each call.

        Objects, older versions, delete markers, unfinished uploads.
        """
