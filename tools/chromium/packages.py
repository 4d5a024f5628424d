"""Chromium and its fonts of Debian, unpacked into the user cache."""

import os
import re
from pathlib import Path

from tools import debian
from tools.debian import Wanted
from tools.progress import Steps

CHROMIUM = Wanted(
    what="Chromium",
    packages=("chromium", "fonts-noto-cjk", "fontconfig-config"),
    programs=("usr/lib/chromium/chromium",),
    # a browser without a screen needs no desktop, no sound, no printer and no phone
    unneeded=re.compile(
        r"xdg-|adwaita-|hicolor-|gtk-update|dconf|at-spi2-core=|libayatana|notification-daemon|chromium-sandbox="
    ),
    libraries=("usr/lib/{machine}/pulseaudio", "usr/lib/chromium"),
)


def user_cache() -> Path:
    """The folder of packages in the user cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "govcloud-broker" / "chromium"


def ensure() -> Path:
    """The unpacked root; fetched when the cache has none.

    Raises:
        PackagesMissing: It cannot be had.
    """
    return debian.ensure(CHROMIUM, user_cache(), Steps(3, print))
