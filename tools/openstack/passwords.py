"""The passwords of one cloud: made by chance once, kept for the owner only, never shown."""

import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

PRIVATE = 0o600
_BYTES = 24


@dataclass(frozen=True, slots=True)
class Passwords:
    """`admin` is the first administrator's, `service` that of all service accounts, `broker` the broker's."""

    admin: str = field(repr=False)
    service: str = field(repr=False)
    broker: str = field(repr=False)


def keep(file: Path) -> Passwords:
    """The passwords kept in the file, made now if it does not exist."""
    if not file.exists():
        write_private(file, json.dumps(asdict(Passwords(*(secrets.token_urlsafe(_BYTES) for _ in range(3))))))
    return Passwords(**json.loads(file.read_text()))


def write_private(file: Path, text: str) -> None:
    """Write the file in one step, readable by its owner only."""
    partial = file.with_name(file.name + ".partial")
    partial.unlink(missing_ok=True)
    partial.touch(mode=PRIVATE)
    partial.write_text(text)
    partial.replace(file)
