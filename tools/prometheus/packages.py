"""Prometheus and promtool of Debian, unpacked into the user cache."""

import os
import re
from pathlib import Path

from tools import debian
from tools.debian import Wanted
from tools.progress import Steps

PROMETHEUS = Wanted(
    what="Prometheus",
    packages=("prometheus",),
    programs=("usr/bin/prometheus", "usr/bin/promtool"),
    # its programs are whole in themselves: what it asks for is a service manager and the pages' scripts
    unneeded=re.compile(r"(?!prometheus$)"),
)


def user_cache() -> Path:
    """The folder of packages in the user cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "govcloud-broker" / "prometheus"


def ensure() -> Path:
    """The unpacked root; fetched when the cache has none.

    Raises:
        PackagesMissing: It cannot be had.
    """
    return debian.ensure(PROMETHEUS, user_cache(), Steps(3, print))
