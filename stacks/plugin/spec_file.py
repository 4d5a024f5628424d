"""The spec that a plain run works on."""

from pathlib import Path

from pydantic import ValidationError

from stacks.spec import StackSpec, from_json

SPEC_KEY = "govcloud:spec"


class PlainRunError(Exception):
    """What a person gave for a plain run cannot be used; the message says what cures it."""


def load_spec(given: str, folder: Path) -> StackSpec:
    """The spec in the file that the configuration names; a relative path starts at the project's folder.

    Raises:
        PlainRunError: There is no such file, or it holds no complete spec.
    """
    if not given:
        raise PlainRunError(f"no spec is set: run `pulumi config set {SPEC_KEY} FILE` with the JSON of a StackSpec")
    file = folder / given
    try:
        return from_json(file.read_bytes())
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise PlainRunError(f"reading {file}, which {SPEC_KEY} names: {reason}; set it to an existing file") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the text"
        raise PlainRunError(
            f"reading {file}, which {SPEC_KEY} names: {where}: {first['msg']}; it must be the JSON of a StackSpec"
        ) from error
