"""A letter over a channel, by Apprise. What goes wrong is told without the channel's address: that holds secrets."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from broker.notices.channels import Channel
from broker.notices.text import Letter
from stacks.masked import MASK, masked

SEND_S: Final = 45
"""How long a channel may take for one letter; well below the lease of a delivery."""
_IDEMPOTENT: Final = "Idempotency-Key"
"""Header of every letter over HTTP and mail: who gets one twice after a broker's death can tell."""
_PARTS: Final = re.compile(r"[/?&=@:#,+\s]+")
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class Refused:
    """A channel did not take a letter."""

    why: str


Send: TypeAlias = Callable[[Channel, Letter, str], Refused | None]
"""Sends a letter over a channel under its key; None = the channel took it."""


def send(channel: Channel, letter: Letter, key: str) -> Refused | None:
    """Why the channel did not take the letter; None = it did."""
    from apprise import Apprise, AppriseAsset, NotifyFormat  # noqa: PLC0415 - takes a quarter of a second to import

    asset = AppriseAsset(app_id="govcloud-broker", app_desc="政务云资源管理系统", async_mode=False)
    plugin: Any = Apprise.instantiate(channel.url, asset=asset)
    if plugin is None:
        return Refused("its address is none that Apprise can read")
    if isinstance(headers := getattr(plugin, "headers", None), dict):
        headers[_IDEMPOTENT] = f"{key}#{channel.name}"
    sender = Apprise(asset=asset)
    sender.add(plugin)
    done = sender.notify(body=letter.text, title=letter.title, body_format=NotifyFormat.TEXT, timeout=SEND_S)
    if done:
        return None
    return Refused(_scrubbed(_said(done), channel.url) or "it did not take the letter and gave no reason")


def understood(channel: Channel) -> bool:
    """Whether Apprise can read the channel's address."""
    from apprise import Apprise  # noqa: PLC0415 - as in `send`

    return Apprise.instantiate(channel.url) is not None


def _said(done: Any) -> str:
    """What the library had to say of the attempt."""
    return " ".join(dict.fromkeys(str(line.message).strip() for line in done.logs() if line.level != "INFO"))


def _scrubbed(text: str, url: str) -> str:
    """The text without any part of the address but scheme, host and port."""
    for secret in sorted(_secrets(url), key=len, reverse=True):
        text = text.replace(secret, MASK)
    return masked(text)[:_LONGEST]


def _secrets(url: str) -> Iterator[str]:
    from urllib.parse import unquote  # noqa: PLC0415 - beside its only use

    rest = url.partition("://")[2]
    before, at, after = rest.rpartition("@")
    host = re.split(r"[:/?]", after if at else rest, maxsplit=1)[0]
    for part in (*_PARTS.split(before), *_PARTS.split(after if at else rest)):
        if len(part) >= 3 and part != host and not part.isdecimal():  # noqa: PLR2004 - shorter ones are words of any text
            yield part
            yield unquote(part)
