"""Folders and files that only their owner reads, and what of a deployment others may read and should not."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

_OTHERS = 0o077
_OTHERS_READ_OR_WRITE = 0o066
"""The home folder may be passed through: the embedded ledger of a broker that runs as root has a user of its own."""


def make(folder: Path) -> Path:
    """The folder, made with all that is missing above it for the owner alone; `parents=True` would open those."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=0o700, exist_ok=True)
    return folder


def write(path: Path, data: bytes) -> None:
    """Puts the whole file in place at once, mode 0600; a cache that cannot be written is no error."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except OSError:
        return


def open_to_others(home: Path, *private: Path) -> Iterator[tuple[Path, int]]:
    """Every path with the mode that it should have: the home folder, and all below the private ones but public keys."""
    if home.is_dir() and home.stat().st_mode & _OTHERS_READ_OR_WRITE:
        yield home, 0o700
    for folder in private:
        for path in (folder, *sorted(folder.rglob("*"))) if folder.is_dir() else ():
            public = path.is_symlink() or path.suffix == ".pub"
            if not public and path.stat().st_mode & _OTHERS:
                yield path, 0o700 if path.is_dir() else 0o600
