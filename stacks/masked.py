"""Takes out of a text what looks like a secret: an error of a library may quote an address with its password."""

import re
from typing import Final

MASK: Final = "[secret]"
_URL_PASSWORD: Final = re.compile(r"(?<=://)([^\s/:@]+):[^\s/@]+@")
_URL_ODD_PASSWORD: Final = re.compile(r"(?<=://)([^\s/:@'\"]*):[^\s'\"]*@")
"""A password that holds `/` or `@` itself, up to the last `@`."""
_NAMED: Final = re.compile(
    r"""(?ix) (["']? (?: [a-z_-]*password | passphrase | secret(?:[_-]?(?:access[_-]?)?key)? | access[_-]?key
        | x-(?:auth|subject|vault)-token | api[_-]?key | private[_-]?key ) ["']? \s* [:=] \s* ["']?) [^\s"',;&})]+""",
)
_BEARER: Final = re.compile(r"(?i)(authorization:\s*\S+|bearer)\s+\S+")


def masked(text: str) -> str:
    """The text without passwords in URLs, values of fields that are named like secrets, and authorisation headers."""
    for url in (_URL_PASSWORD, _URL_ODD_PASSWORD):
        text = url.sub(rf"\1:{MASK}@", text)
    return _NAMED.sub(rf"\1{MASK}", _BEARER.sub(rf"\1 {MASK}", text))
