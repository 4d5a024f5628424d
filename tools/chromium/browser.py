"""What starts the browser: its program, its environment, and the fonts that it is to find."""

from dataclasses import dataclass
from pathlib import Path

from tools import debian
from tools.chromium.packages import CHROMIUM, ensure

_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>{root}/usr/share/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>{folder}/font-cache</cachedir>
  <alias><family>sans-serif</family><prefer><family>Noto Sans CJK SC</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
"""


@dataclass(frozen=True, slots=True)
class Browser:
    """How the browser is started. It runs without its own sandbox, so it is shown our own pages alone."""

    program: Path
    environment: dict[str, str]
    options: tuple[str, ...] = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu")


def browser(folder: Path) -> Browser:
    """The browser, with its own settings below `folder`.

    Raises:
        PackagesMissing: It cannot be had.
    """
    root = ensure()
    fonts = folder / "fonts.conf"
    folder.mkdir(parents=True, exist_ok=True)
    fonts.write_text(_FONTS.format(root=root, folder=folder), encoding="utf-8")
    own = {**debian.environment(CHROMIUM, root), "FONTCONFIG_FILE": str(fonts), "HOME": str(folder)}
    return Browser(root / CHROMIUM.programs[0], own)
