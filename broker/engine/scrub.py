"""Takes secrets out of what the CLI says, before anybody sees or stores it.

Pulumi masks sealed values, except where it does not: the violation of an update plan prints them in clear. And the
error of a cloud may quote a key or a token.
"""

import re
from collections.abc import Iterable
from typing import Any

MASK = "[secret]"
_SHORTEST = 4
"""Shorter values are no secrets and would mask half of every text."""
_PLAN_VALUE = re.compile(r"\[\{.*?\}(?:!=\{.*?\})?\](?=[,\s]|$)", re.DOTALL)
_URL_PASSWORD = re.compile(r"(?<=://)([^\s/:@]+):[^\s/@]+@")
_NAMED = re.compile(
    r"""(?ix) (["']? (?: [a-z_-]*password | passphrase | secret(?:[_-]?(?:access[_-]?)?key)? | access[_-]?key
        | x-(?:auth|subject)-token | api[_-]?key | private[_-]?key ) ["']? \s* [:=] \s* ["']?) [^\s"',;&})]+""",
)
_BEARER = re.compile(r"(?i)(authorization:\s*\S+|bearer)\s+\S+")


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
        text = _URL_PASSWORD.sub(rf"\1:{MASK}@", text)
        text = _BEARER.sub(rf"\1 {MASK}", text)
        return self.known(_NAMED.sub(rf"\1{MASK}", text))

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
