"""Canonical JSON (RFC 8785) and the digest that names a document or a record."""

import hashlib
from typing import TypeAlias

import rfc8785

Json: TypeAlias = "dict[str, Json] | list[Json] | tuple[Json, ...] | str | int | float | bool | None"


def canonical(value: Json) -> bytes:
    """The value as RFC 8785 bytes: the same for any order of keys and any machine.

    Raises:
        rfc8785.CanonicalizationError: A number that JSON cannot hold exactly (an integer beyond 2^53, NaN).
    """
    return rfc8785.dumps(value)


def digest(value: Json) -> str:
    """SHA-256 of the canonical bytes, as `sha256:` and 64 hex digits."""
    return "sha256:" + hashlib.sha256(canonical(value)).hexdigest()
