"""The witness file: every checkpoint once more, in a place of its own that the branch cannot take back."""

import os
from collections.abc import Iterable
from pathlib import Path

from broker import private
from broker.audit.note import notes


def add(witness: Path, new: Iterable[str]) -> None:
    """Nothing; the checkpoints stand at the end of the file, and are on the disk.

    Raises:
        OSError: The file cannot be written.
    """
    text = "".join(f"{note}\n" for note in new)
    if not text:
        return
    private.make(witness.parent)
    with os.fdopen(os.open(witness, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())


def read(witness: Path) -> tuple[str, ...]:
    """Every checkpoint in the file as it stands there; nothing where there is no file."""
    return tuple(notes(witness.read_text(encoding="utf-8", errors="replace"))) if witness.exists() else ()
