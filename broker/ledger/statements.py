"""The SQL of the ledger by name, read from the `.sql` files beside this module."""

import functools
import re
from importlib.resources import files
from typing import LiteralString, cast

_HEAD = re.compile(r"^-- (?P<name>[a-z_]+) --\n-- (?P<about>.+)\n", re.MULTILINE)


@functools.cache
def statements(topic: str) -> dict[str, LiteralString]:
    """The statements of `sql/<topic>.sql` by name.

    A statement starts with `-- name --` and a line that says what it gives.

    Raises:
        ValueError: A statement stands without a name and description, or two have one name.
    """
    text = files("broker.ledger").joinpath("sql", f"{topic}.sql").read_text("utf-8")
    heads = list(_HEAD.finditer(text))
    ends = [*(head.start() for head in heads[1:]), len(text)]
    named = {head["name"]: text[head.end() : end].strip() for head, end in zip(heads, ends, strict=True)}
    if not heads or heads[0].start() or len(named) < len(heads) or not all(named.values()):
        raise ValueError(f"sql/{topic}.sql: every statement needs a name of its own and a line that says what it gives")
    return cast("dict[str, LiteralString]", named)  # the files are part of the program
