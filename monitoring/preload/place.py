"""Where that process listens: a socket in the user's cache folder, one for each installation."""

import os
import stat
import sys
import zlib
from collections.abc import Mapping
from pathlib import Path


def socket_path(environment: Mapping[str, str]) -> Path:
    """`preload-….sock` in the user's cache folder (XDG); the name tells installations apart by their folder."""
    base = environment.get("XDG_CACHE_HOME")
    folder = Path(base) if base else Path.home() / ".cache"
    return folder / "govcloud-broker" / f"preload-{zlib.crc32(os.fsencode(sys.prefix)):08x}.sock"


def ours_alone(path: Path) -> bool:
    """Whether the socket is ours and nobody else could have put one in its place."""
    try:
        state, above = path.lstat(), path.parent.lstat()
    except OSError:
        return False
    ours = (state.st_uid, above.st_uid) == (os.geteuid(), os.geteuid())
    return ours and stat.S_ISSOCK(state.st_mode) and not above.st_mode & 0o022
