"""What cloud-init reads when a server starts for the first time; documents, records and state hold it in clear."""

import re
from collections.abc import Iterator
from email import message_from_string
from email.message import Message
from typing import Annotated, Final

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

MAX_BYTES: Final = 65_535 // 4 * 3
"""Of UTF-8: Nova takes 65,535 characters of base64, which writes four for each three bytes."""

_HEADS: Final = r"(#cloud-config\b|#!|MIME-Version:|Mime-Version:|Content-Type:)"
_PRIVATE_KEY: Final = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY")
_PASSWORD: Final = re.compile(
    r"""(?<!lock_)(?<!lock-)passw(?:or)?d["']?[ \t]*[:=][ \t]*["']?"""
    # but not what the server looks up itself, and not that there is none
    r"""(?!\$(?:[{(]|[A-Za-z_]\w*(?![\w$])))"""
    r"""(?!(?:true|false|null|~|\*|!+)["']?[ \t]*(?:[#,}\r\n]|\Z))"""
    r"""[^\s"'#{},]""",
    re.IGNORECASE,
)
_CHPASSWD: Final = re.compile(
    r"^[^#\n]*\|[ \t]*(?:sudo[ \t]+)?chpasswd\b"  # what stands before it says whose password becomes what
    r"|^chpasswd:(?:.*\blist:|.*\n(?:[ \t].*\n)*?[ \t]+list:)",
    re.MULTILINE,
)


def _checked(text: str) -> str:
    """The text as it is, if cloud-init would take it, Nova has room for it and nothing in it looks like a secret."""
    size_bytes = len(text.encode())
    if size_bytes > MAX_BYTES:
        raise _refused(
            f"user_data has {size_bytes} bytes, Nova takes {MAX_BYTES}",
            "let the text fetch the rest from a place of the unit's own",
        )
    if not re.match(_HEADS, text):
        raise _refused(
            "user_data begins with nothing that cloud-init knows",
            "begin it with #cloud-config, with #! and an interpreter, or with a MIME head",
        )
    try:
        parts = tuple(_parts(text))
    except RecursionError:
        raise _refused("user_data is nested too deep", "write its parts beside each other, in one message") from None
    for part in parts:
        if secret := _secret(part):
            raise _refused(
                f"user_data holds what looks like {secret}; documents, records and state keep it in clear",
                "take it out and renew it where it was used; secrets go another way: the unit logs in with its "
                "login_key and brings them, or the server fetches them",
            )
    return text


def _refused(fact: str, cure: str) -> PydanticCustomError:
    """Without the text itself: it may hold the secret that it is refused for."""
    return PydanticCustomError("told", "{fact}: {cure}", {"fact": fact, "cure": cure})


def _parts(text: str) -> Iterator[str]:
    """The text, and what a MIME message of it holds, decoded."""
    yield text
    if not text.startswith("#"):
        for part in message_from_string(text).walk():
            yield from _decoded(part)


def _decoded(part: Message) -> Iterator[str]:
    content = part.get_payload(decode=True)
    if isinstance(content, bytes):
        yield content.decode(errors="replace")


def _secret(text: str) -> str | None:
    if _PRIVATE_KEY.search(text):
        return "a private key"
    return "a password" if _PASSWORD.search(text) or _CHPASSWD.search(text) else None


UserData = Annotated[
    str,
    AfterValidator(_checked),
    WithJsonSchema({"type": "string", "pattern": f"^{_HEADS}", "maxLength": MAX_BYTES}),
]
"""First-boot configuration as cloud-init takes it; not a place for secrets."""
