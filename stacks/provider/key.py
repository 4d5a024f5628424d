"""Deterministic keys: what makes a resource of the cloud recognisable as ours after any crash."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

_PREFIX: Final = "gc-"
_HEX_DIGITS: Final = 24
_DESCRIPTION_LIMIT: Final = 255
LABELS: Final = ("system", "unit", "zone", "request_number")


def key_of(stack: str, name: str, immutable: Mapping[str, Any]) -> str:
    """`gc-` and 24 hex digits for one logical name of a stack; other inputs that cannot change make another key."""
    text = json.dumps([stack, name, immutable], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return _PREFIX + hashlib.sha256(text.encode()).hexdigest()[:_HEX_DIGITS]


def is_key(word: str) -> bool:
    """Whether the word has the form of a key."""
    return word.startswith(_PREFIX) and len(word) == len(_PREFIX) + _HEX_DIGITS


def description_of(key: str, labels: Mapping[str, str]) -> str:
    """The key and then the labels, for services whose only text in the create call is a description."""
    return " ".join([key, *(labels[name] for name in LABELS if labels.get(name))])[:_DESCRIPTION_LIMIT]


def key_in(description: str | None) -> str:
    """The key that a description starts with; empty when it has none."""
    word = (description or "").partition(" ")[0]
    return word if is_key(word) else ""


def labels_in(description: str | None, key: str, labels: Mapping[str, str]) -> Mapping[str, str]:
    """The labels as the cloud shows them: `labels` themselves when the description says exactly these."""
    return labels if description == description_of(key, labels) else {"description": description or ""}
