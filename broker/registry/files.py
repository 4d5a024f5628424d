"""Which files of a registry are documents or signatures, and which do not belong there."""

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from broker.problem import Place, Problem
from broker.registry.git import FILE_MODES, SUBMODULE_MODE, SYMLINK_MODE, TreeFile, git
from broker.registry.parse import FOLDERS
from broker.registry.walk import Entry
from broker.registry.yaml import MAX_BYTES

RESERVED_FOLDERS: Final = frozenset({"catalogue"})
"""A folder of kinds to come: known, and still without documents."""
_KNOWN_FOLDERS: Final = FOLDERS | RESERVED_FOLDERS
_NOT_FILES: Final = {
    SYMLINK_MODE: ("SYMLINK", "the entry is a symbolic link"),
    SUBMODULE_MODE: ("SUBMODULE", "the entry is another repository"),
}
_COMPANIONS: Final = frozenset({"README.md", ".gitkeep", ".gitattributes"})


def is_document(entry: Entry) -> bool:
    """Whether the entry is a regular YAML file of the registry."""
    return entry.mode in FILE_MODES and entry.path.endswith(".yaml") and _is_inside(entry.path)


def is_signature(entry: Entry) -> bool:
    """Whether the entry is a signature file."""
    return entry.mode in FILE_MODES and entry.path.endswith(".sig") and _is_inside(entry.path)


def misfit(entry: Entry) -> Problem | None:
    """What is wrong with the entry's being there at all. Folders that begin with a dot are not the registry's."""
    folder, _, rest = entry.path.partition("/")
    name = entry.path.rsplit("/", 1)[-1]
    if folder.startswith("."):
        return None
    if entry.mode in _NOT_FILES:
        code, fact = _NOT_FILES[entry.mode]
        return _problem(entry, code, fact, "file the documents themselves")
    if not entry.path.isprintable():
        return _problem(entry, "FILE_NAME", "the path holds characters that cannot be shown", "rename the file")
    if rest and folder not in _KNOWN_FOLDERS and name.endswith((".yaml", ".yml", ".sig")):
        fact = f"{folder}/ is no folder of the registry"
        return _problem(entry, "WRONG_FOLDER", fact, f"file it below one of {', '.join(sorted(_KNOWN_FOLDERS))}")
    if rest and folder in _KNOWN_FOLDERS and name not in _COMPANIONS and not name.endswith((".yaml", ".sig")):
        fact = "the file is neither a document (.yaml) nor a signature (.sig)"
        return _problem(
            entry, "FILE_UNKNOWN", fact, "put it into the attachment store, with its digest in the document"
        )
    return None


def files_in(
    folder: Path, supposed: Mapping[str, bytes] = MappingProxyType({})
) -> tuple[tuple[TreeFile, ...], dict[str, bytes | None]]:
    """The files below the folder as git would list them, and the content of each blob (None = too large).

    `supposed`: files by path that are taken to lie there, in place of what does. No symbolic link is followed, so
    nothing outside the folder is ever read.
    """
    files: list[TreeFile] = []
    contents: dict[str, bytes | None] = {}
    for entry, name in _walk(os.fspath(folder), ""):
        state = entry.stat(follow_symlinks=False)
        if stat.S_ISLNK(state.st_mode):
            target = os.readlink(entry.path)  # noqa: PTH115 - a path object per file takes longer than the file
            files.append(TreeFile(name, SYMLINK_MODE, _blob(os.fsencode(target))))
        elif stat.S_ISREG(state.st_mode):
            data = _content(entry.path) if state.st_size <= MAX_BYTES else None
            blob = _blob(data) if data is not None else f"large:{name}:{state.st_size}"
            files.append(TreeFile(name, "100644", blob))
            contents[blob] = data
    blobs = {name: _blob(data) for name, data in supposed.items()}
    files = [file for file in files if file.path not in blobs]
    files += (TreeFile(name, "100644", blob) for name, blob in blobs.items())
    return tuple(files), contents | {blobs[name]: data for name, data in supposed.items()}


def uncommitted(folder: Path) -> tuple[str, ...]:
    """Paths of documents and signatures in the work tree that HEAD does not hold as they lie there; sorted.

    A bare repository has none. Nothing is written, not even git's own notes of what it looked at.

    Raises:
        RegistryBroken: git cannot read the folder.
    """
    if not (folder / ".git").exists():
        return ()
    options = ("--porcelain", "-z", "--untracked-files=all", "--no-renames")
    lines = git(folder, "--no-optional-locks", "status", *options).decode(errors="surrogateescape").split("\0")
    paths = sorted(line[3:] for line in lines if line)
    return tuple(path for path in paths if _is_inside(path) and path.endswith((".yaml", ".sig")))


def _walk(folder: str, at: str) -> Iterator[tuple[os.DirEntry[str], str]]:
    """Every entry below the folder that is no folder, with its path from the top; `.git` and its like are left out."""
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError:  # as `os.walk` has it: what cannot be listed is not there
        return
    inner = []
    for entry in entries:
        if not entry.is_dir(follow_symlinks=False):
            if at or not (entry.name.startswith(".") and Path(entry.path).is_dir()):
                yield entry, f"{at}{entry.name}"
        elif at or not entry.name.startswith("."):
            inner.append(entry)
    for entry in inner:
        yield from _walk(entry.path, f"{at}{entry.name}/")


def _content(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return b"".join(iter(lambda: os.read(descriptor, MAX_BYTES + 1), b""))
    finally:
        os.close(descriptor)


def _blob(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _is_inside(path: str) -> bool:
    return path.split("/", 1)[0] in _KNOWN_FOLDERS and "/" in path


def _problem(entry: Entry, code: str, fact: str, cure: str) -> Problem:
    return Problem(Place(entry.path), code, fact, cure)
