"""Fandol and WenQuanYi Zen Hei of Debian, unpacked into the user cache, where `broker report` finds them."""

import os
import re
import sys
from pathlib import Path

from tools import debian
from tools.debian import PackagesMissing, Wanted
from tools.progress import Steps

FANDOL = "usr/share/texlive/texmf-dist/fonts/opentype/public/fandol"
ZEN_HEI = "usr/share/fonts/truetype/wqy"
FONTS = Wanted(
    what="the fonts of the reports",
    packages=("texlive-lang-chinese", "fonts-wqy-zenhei"),
    programs=(),
    # the fonts stand by themselves: the typesetting system that the package is a part of is not needed
    unneeded=re.compile(r"(?!(texlive-lang-chinese|fonts-wqy-zenhei)$)"),
    files=(FANDOL, ZEN_HEI),
)


def user_cache() -> Path:
    """The folder of fonts in the user cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "govcloud-broker" / "fonts"


def ensure() -> tuple[Path, Path]:
    """The two folders with font files; fetched when the cache has none.

    Raises:
        PackagesMissing: They cannot be had.
    """
    root = debian.ensure(FONTS, user_cache(), Steps(3, print))
    return root / FANDOL, root / ZEN_HEI


if __name__ == "__main__":
    try:
        print("\n".join(map(str, ensure())))
    except PackagesMissing as missing:
        sys.exit(str(missing))
