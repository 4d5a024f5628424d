"""The files of a folder as they lie there now, under a name that covers everything a read of them rests on."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from broker.registry.branch import head_of_records
from broker.registry.files import files_in
from broker.registry.git import TreeFile, commit_of, is_repository, tree
from broker.registry.texts import Texts


@dataclass(frozen=True, slots=True)
class Listing:
    """Every file of the folder with its content, by blob (None = too large)."""

    folder: Path
    files: tuple[TreeFile, ...]
    contents: Mapping[str, bytes | None]

    def texts(self) -> Texts:
        """What reads the files; those that only the history has come from git."""
        return Texts(self.folder if is_repository(self.folder) else None, self.contents)

    def name(self) -> str:
        """Digest of the commits of documents and records that are read, and of every file that lies beside them.

        Raises:
            RegistryBroken: The folder is no repository, or one that git cannot read.
        """
        seen = hashlib.sha256(f"{commit_of(self.folder, 'HEAD')} {head_of_records(self.folder)}\n".encode())
        for file in self.files:
            seen.update(f"{file.mode} {file.blob} {file.path}\0".encode(errors="surrogateescape"))
        return seen.hexdigest()


def listing_of(folder: Path, supposed: Mapping[str, bytes] = MappingProxyType({})) -> Listing:
    """The folder's files, read now. `supposed`: files by path that are taken to lie there, in place of what does."""
    return Listing(folder, *files_in(folder, supposed))


def listing_without(folder: Path, file: Path) -> Listing:
    """The same without a file that lies in the work tree and was never merged into its head."""
    listing = listing_of(folder)
    try:
        path = file.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        return listing
    if not is_repository(folder) or tree(folder, commit_of(folder, "HEAD"), path):
        return listing
    return Listing(folder, tuple(one for one in listing.files if one.path != path), listing.contents)
