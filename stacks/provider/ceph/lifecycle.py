"""The one lifecycle rule that a bucket may have by document, and its comparison with what a store shows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

RULE_ID: Final = "gc-expire"


@dataclass(frozen=True, slots=True)
class Expiry:
    """After how many days a bucket loses objects, and rules in it that no document names."""

    days: int | None = None
    """None: never."""
    other_rules: tuple[str, ...] = ()
    """Ids of rules made by hand, also ours where somebody changed what it does."""


def rule_for(days: int) -> dict[str, Any]:
    """The rule: objects, versions that were overwritten, and unfinished uploads all go `days` after they were made so.

    Without the second, a bucket with versions would keep every byte; without the third, parts of uploads.
    """
    return {"ID": RULE_ID, "Status": "Enabled", "Filter": {"Prefix": ""}, **_actions(days)}


def _actions(days: int) -> dict[str, Any]:
    return {
        "Expiration": {"Days": days},
        "NoncurrentVersionExpiration": {"NoncurrentDays": days},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": days},
    }


def expiry_of(rules: Iterable[Mapping[str, Any]]) -> Expiry:
    """What the rules of a bucket do, whatever spelling the store gives back (`Prefix` for `Filter`, no empty parts)."""
    days: int | None = None
    others = []
    for rule in rules:
        found = _days_of(rule)
        if found is None:
            others.append(str(rule.get("ID", "")))
        else:
            days = found
    return Expiry(days, tuple(sorted(others)))


def _days_of(rule: Mapping[str, Any]) -> int | None:
    """The days, if this is our rule and does exactly what we ask of it."""
    days = rule.get("Expiration", {}).get("Days")
    expected = {"ID": RULE_ID, "Status": "Enabled", **_actions(days)}
    actual = {name: value for name, value in rule.items() if name not in {"Prefix", "Filter"} and value}
    return days if days and actual == expected and not _narrowed(rule) else None


def _narrowed(rule: Mapping[str, Any]) -> bool:
    """Whether the rule holds for some objects only."""
    chosen = dict(rule.get("Filter") or {})
    prefix = chosen.pop("Prefix", "") or rule.get("Prefix", "")
    return bool(prefix or any(chosen.values()))
