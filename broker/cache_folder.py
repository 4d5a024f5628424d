"""The user's cache folder (XDG), and what of it is believed: only what nobody else can have put there."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path


def user_cache(environment: Mapping[str, str]) -> Path:
    """The folder for caches of all programs of this user.

    Raises:
        RuntimeError: The user has no home.
    """
    return Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def broker_cache(environment: Mapping[str, str]) -> Path:
    """The product's own folder there.

    Raises:
        RuntimeError: As above.
    """
    return user_cache(environment) / "govcloud-broker"


def ours_alone(path: Path, kind: Callable[[int], bool]) -> bool:
    """Whether there is what `kind` (such as `stat.S_ISREG`) says, and only we could have put it there or written it."""
    try:
        state = path.lstat()
        return kind(state.st_mode) and _ours(state) and only_ours(path.parent)
    except OSError:
        return False


def only_ours(folder: Path) -> bool:
    """Whether nobody else can put anything into the folder.

    Raises:
        OSError: It is not there, or may not be looked at.
    """
    return _ours(folder.stat())


def _ours(state: os.stat_result) -> bool:
    return state.st_uid == os.geteuid() and not state.st_mode & 0o022
