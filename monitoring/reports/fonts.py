"""The fonts that reports are set with, each known by its digest: other fonts, other bytes."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from broker.errors import SettingsError

FILES: Final[Mapping[str, str]] = {
    "FandolFang-Regular.otf": "d838ad32ce2244d8144f408c37fe71065aba6fbbc80759a4d2aa2033948d5bc9",
    "FandolHei-Regular.otf": "4afa97aa8751e0118617df88272b58d43691b5cffb7ea024c4580496e9f34d28",
    "FandolKai-Regular.otf": "ea7e7fb4f9b3ac694a68d43946e04d21deed6e8c29a7c2d3081e1a4138f2f827",
    "FandolSong-Regular.otf": "a3820003227d4abe31fe28b493200d94a849ccfd078b50a019264f70353020b0",
    "FandolSong-Bold.otf": "ffa76a70e128947a4dd22151d5ee829b23e24ce3cb6fe8ad49891cd1c2d9e9b9",
    "wqy-zenhei.ttc": "79c18ebe7b811951e8311bad7103ebeae8c337ed9988ea69e8a78a66cfe029b9",
}
"""SHA-256 by file name. Fandol 0.3 (GPL with font exception); WenQuanYi Zen Hei 0.9.45 (same) has rare characters."""

PLACES: Final = (
    Path("usr/share/texlive/texmf-dist/fonts/opentype/public/fandol"),
    Path("usr/share/fonts/truetype/wqy"),
)
"""Where Debian's packages texlive-lang-chinese and fonts-wqy-zenhei have them."""
_CURE: Final = (
    "install Debian's packages texlive-lang-chinese and fonts-wqy-zenhei, or run `make tools` in the checkout, or name "
    "a folder with these files by report_fonts in broker.toml"
)


def folders(given: Path, cache: Path) -> tuple[Path, ...]:
    """The folders with the fonts: the one that the settings name, else the user cache's, else this machine's.

    Raises:
        SettingsError: A font is not there, or is another version than reports are set with; all are named at once.
    """
    unpacked = cache / "govcloud-broker" / "fonts" / "current" / "root"
    places = [(given,)] if given != Path() else [tuple(root / p for p in PLACES) for root in (unpacked, Path("/"))]
    faults: list[str] = []
    for place in places:
        faults = _faults(place)
        if not faults:
            return place
    raise SettingsError(f"setting reports: {'; '.join(faults)}; {_CURE}")


def _faults(place: tuple[Path, ...]) -> list[str]:
    faults = []
    for name, digest in FILES.items():
        path = next((folder / name for folder in place if (folder / name).is_file()), None)
        if path is None:
            faults.append(f"there is no {name} in {' or '.join(map(str, place))}")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            faults.append(f"{path} is another version than reports are set with")
    return faults
