"""The bytes of the registry's files; what was parsed in an earlier run is read only where a problem points at it."""

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from broker.registry.git import blobs
from broker.registry.yaml import MAX_BYTES


@dataclass(frozen=True, slots=True)
class Late:
    """Reads the content of one blob when it is called."""

    texts: "Texts"
    blob: str

    def __call__(self) -> bytes:
        """The content; nothing where it is too large to be a document."""
        return self.texts.later(self.blob) or b""


class Texts:
    """Contents by blob. What is asked for late is read in one go with everything else that was left out."""

    def __init__(self, repository: Path | None, contents: Mapping[str, bytes | None]) -> None:
        self._repository = repository
        self._contents = dict(contents)
        self._left_out: set[str] = set()

    def load(self, wanted: Iterable[str], known: Container[str]) -> None:
        """Reads the wanted blobs that are neither known from an earlier run nor there already."""
        missing = {blob for blob in wanted if blob not in self._contents}
        left_out = {blob for blob in missing if blob in known}
        self._left_out |= left_out
        self._read(missing - left_out)

    def later(self, blob: str) -> bytes | None:
        """The content, read now if it was left out; None = too large to be a document."""
        if blob not in self._contents:
            self._read(self._left_out | {blob})
        return self._contents[blob]

    def reader(self, blob: str) -> Callable[[], bytes]:
        """What reads the content of a document when it is asked for."""
        return Late(self, blob)

    def _read(self, names: Iterable[str]) -> None:
        if self._repository is not None:
            self._contents.update(blobs(self._repository, names, MAX_BYTES))
