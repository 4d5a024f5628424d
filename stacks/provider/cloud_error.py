"""What a cloud's refusal says, in one line."""

import json
from typing import Any, Final

from stacks.masked import masked

_SHOWN_CHARACTERS: Final = 400
_MESSAGES: Final = ("message", "faultstring")
"""Where the text stands; Octavia has the latter."""
_QUOTA_STATUSES: Final = frozenset({403, 409, 413})


class CloudError(Exception):
    """A service did not do what it was asked; `status` is the HTTP status, 0 when no answer came."""

    def __init__(self, status: int, text: str, asked: str) -> None:
        self.status = status
        self.said = said(text)
        super().__init__(f"{asked}: the cloud answered {status or 'nothing'}: {self.said}")

    @property
    def over_quota(self) -> bool:
        """Whether the project's quota at the cloud has no room (Nova 403, Neutron 409, Cinder 413)."""
        return self.status in _QUOTA_STATUSES and "quota" in self.said.lower()


class Interrupted(Exception):
    """The run was asked to stop while it waited for the cloud."""


class StillPutOff(Exception):
    """A cloud wants a call later than is waited for it; `status` is that of the answer that put calls off."""

    def __init__(self, status: int, told: str) -> None:
        self.status = status
        super().__init__(told)


def said(text: str) -> str:
    """The message inside an error body, whatever envelope the service uses, without what looks like a secret."""
    try:
        message = _message(json.loads(text))
    except ValueError:
        message = None
    return masked(" ".join((message or text).split()))[:_SHOWN_CHARACTERS]


def _message(body: Any) -> str | None:
    if isinstance(body, dict):
        for name in _MESSAGES:
            if isinstance(body.get(name), str):
                return str(body[name])
        return next((found for inner in body.values() if (found := _message(inner))), None)
    return None
