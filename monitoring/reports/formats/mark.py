"""The mark by which a file says which report it is; it proves nothing: the file's digest does."""

import io
import re
import zipfile
from typing import Final

from monitoring.reports.paper import Paper

_MARK: Final = re.compile(rb"govcloud-report:([2-9A-Z]{4}(?:-[2-9A-Z]{4}){4})")
_ZIP: Final = b"PK\x03\x04"
_CORE: Final = "docProps/core.xml"


def mark(paper: Paper) -> str:
    """What stands in the file's keywords."""
    return f"govcloud-report:{paper.code}"


def code_in(data: bytes) -> str:
    """The code that a file says it has, whatever its format; empty where it says none."""
    if data.startswith(_ZIP):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                data = archive.read(_CORE)
        except (zipfile.BadZipFile, KeyError):
            return ""
    found = _MARK.search(data)
    return found[1].decode() if found else ""
