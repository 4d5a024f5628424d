"""The channels of a deployment, read from `notices.toml`: their addresses hold secrets and are shown nowhere."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from broker.errors import SettingsError

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_SCHEME: Final = re.compile(r"[a-z0-9]+://.+")
_OTHERS: Final = 0o077
_KEYS: Final = frozenset({"url", "serves", "instead"})
BY_HAND: Final = "by-hand"
"""The channel that a person is: what could not be sent was handed over."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to reach people."""

    name: str
    url: str = field(repr=False)
    """As Apprise reads it; with its secrets."""
    serves: frozenset[str] = frozenset()
    """Roles and ids of organisations that are told over it first; none: it only stands in for others."""
    instead: str = ""
    """The channel that stands in once this one has given a message up."""


@dataclass(frozen=True, slots=True)
class Channels:
    """All channels by name. `since`: what was queued before this day is not sent any more."""

    by_name: Mapping[str, Channel]
    since: date | None = None

    def first(self, organisation: str, role: str) -> tuple[str, ...]:
        """The channels over which an organisation is told first: its own, else those of its role."""
        own = tuple(name for name, channel in self.by_name.items() if organisation in channel.serves)
        return own or tuple(name for name, channel in self.by_name.items() if role in channel.serves)


def channels(file: Path) -> Channels:
    """The channels in the file; none where there is no file.

    Raises:
        SettingsError: The file is no TOML, others may read it, or a channel is wrong; all faults are named at once,
            and no address.
    """
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
        mode = file.stat().st_mode & 0o777
    except FileNotFoundError:
        return Channels({})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"reading {file}: {_said(error)}; see docs/notices.md") from None
    faults = [*_faults(raw)]
    if mode & _OTHERS:
        faults.append(f"its addresses hold secrets and others may read it ({mode:o}): chmod 600")
    if faults:
        raise SettingsError(f"reading {file}: {'; '.join(faults)}; see docs/notices.md")
    found = {name: _channel(name, given) for name, given in raw.get("channel", {}).items()}
    return Channels(found, raw.get("since"))


def _said(error: Exception) -> str:
    """What is wrong, without the text that is: a line of the file may hold a secret."""
    return str(error) if isinstance(error, tomllib.TOMLDecodeError | OSError) else type(error).__name__


def _channel(name: str, given: Mapping[str, Any]) -> Channel:
    return Channel(name, given["url"], frozenset(given.get("serves", ())), given.get("instead", ""))


def _faults(raw: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{key} is no setting; there are since, channel.NAME" for key in raw if key not in {"since", "channel"})
    since, given = raw.get("since"), raw.get("channel", {})
    if since is not None and (not isinstance(since, date) or isinstance(since, datetime)):
        yield "since is a day, such as 2026-12-01"
    if not isinstance(given, dict):
        yield "channel is a table of tables: [channel.NAME]"
        return
    for name, channel in given.items():
        yield from (f"channel.{name}: {fault}" for fault in _of_channel(name, channel, given))


def _of_channel(name: str, channel: Any, every: Mapping[str, Any]) -> Iterator[str]:
    if not _NAME.fullmatch(name) or name == BY_HAND:
        yield f"a name is small letters, digits and hyphens, and not {BY_HAND}"
    if not isinstance(channel, dict):
        yield "it is no table"
        return
    yield from (f"{key} is no setting; there are {', '.join(sorted(_KEYS))}" for key in channel if key not in _KEYS)
    if not isinstance(channel.get("url"), str) or not _SCHEME.fullmatch(channel["url"]):
        yield "url is the address as Apprise has it, such as mailtos://…"
    serves = channel.get("serves", [])
    if not isinstance(serves, list) or not all(isinstance(one, str) for one in serves):
        yield 'serves is a list of roles and ids of organisations, such as ["cloud_office", "health"]'
    if "instead" in channel:
        yield from _of_instead(name, every)


def _of_instead(name: str, every: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the line of channels that stand in for each other from this one on."""
    seen = [name]
    while isinstance(found := every.get(seen[-1]), dict) and "instead" in found:
        other = found["instead"]
        if not isinstance(other, str) or other not in every:
            if len(seen) == 1:
                yield "instead names another channel of this file"
            return
        if other in seen:
            yield f"instead leads back to {other}: {' → '.join((*seen, other))}"
            return
        seen.append(other)
