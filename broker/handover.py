"""Secrets that a cloud makes, kept in the deployment's secret store (files 0600) until the hand-over (design §5)."""

import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


def keeper(folder: Path, stack: str) -> Callable[[str, Mapping[str, str]], None]:
    """Takes (what, fields) of one stack and keeps them; a newer secret of the same name takes the older one's place."""

    def keep(what: str, fields: Mapping[str, str]) -> None:
        own = folder / "hand-over" / _UNSAFE.sub("_", stack)
        own.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = own / f"{_UNSAFE.sub('_', what)}.json"
        draft = path.with_suffix(".draft")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(dict(fields), stream)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)

    return keep
