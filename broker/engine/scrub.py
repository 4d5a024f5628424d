"""Takes secrets out of what the CLI says, before anybody sees or stores it.

Pulumi masks sealed values, except where it does not: the violation of an update plan prints them in clear. And the
error of a cloud may quote a key or a token.
"""

import re
from collections.abc import Iterable
from typing import Any

from stacks.masked import MASK, masked

_SHORTEST = 4
"""Shorter values are no secrets and would mask half of every text."""
_PLAN_VALUE = re.compile(r"\[\{.*?\}(?:!=\{.*?\})?\](?=[,\s]|$)", re.DOTALL)


class Scrubber:
    """Masks known secret values and what looks like one. Learns what a cloud hands over while the run goes on."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """From now on these values are masked wherever they stand."""
        self._secrets.update(secret for secret in secrets if len(secret) >= _SHORTEST)

    def text(self, text: str) -> str:
        """A message without secrets: known values, values in a plan violation, passwords in URLs and named fields."""
        if "properties changed:" in text or "violates plan" in text:
            text = _PLAN_VALUE.sub(f"[{MASK}]", text)
        return self.known(masked(text))

    def known(self, text: str) -> str:
        """The text with every known secret value masked, longest first; nothing is guessed."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, MASK)
        return text

    def value(self, value: Any) -> Any:
        """A JSON value with known secrets masked in all its strings."""
        if not self._secrets:
            return value
        if isinstance(value, str):
            return self.known(value)
        if isinstance(value, dict):
            return {key: self.value(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.value(inner) for inner in value]
        return value
