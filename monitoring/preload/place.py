"""Where that process listens: a socket in the user's cache folder, one for each installation."""

import os
import stat
import sys
import zlib
from collections.abc import Mapping
from pathlib import Path


def socket_path(environment: Mapping[str, str]) -> Path:
    """`preload-….sock` in the user's cache folder (XDG); the name tells installations apart by their folders.

    Raises:
        RuntimeError: The user has no home.
    """
    base = environment.get("XDG_CACHE_HOME")
    folder = Path(base) if base else Path.home() / ".cache"
    installation = zlib.crc32(os.fsencode(f"{sys.prefix} {__file__}"))
    return folder / "govcloud-broker" / f"preload-{installation:08x}.sock"


def ours_alone(path: Path) -> bool:
    """Whether the socket is ours and nobody else could have put one in its place."""
    try:
        state = path.lstat()
    except OSError:
        return False
    return state.st_uid == os.geteuid() and stat.S_ISSOCK(state.st_mode) and only_ours(path.parent)


def only_ours(folder: Path) -> bool:
    """Whether nobody else can put anything into the folder."""
    state = folder.stat()
    return state.st_uid == os.geteuid() and not state.st_mode & 0o022
