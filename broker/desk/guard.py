"""Who may talk to the desk: this machine's browser alone, with the token that the command printed, from its own pages.

Another user of the machine does not know the token. Another site in the same browser cannot read it, is refused by its
Origin when it posts, and by Host where it has its own name point at this machine.
"""

import secrets
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""There is no script at all, so none is allowed."""


def _secret() -> str:
    return secrets.token_urlsafe(32)


def same(given: str, wanted: str) -> bool:
    """Whether a secret is the right one; compared in constant time."""
    return secrets.compare_digest(given.encode(errors="replace"), wanted.encode())


@dataclass(frozen=True, slots=True)
class Pass:
    """What one run of the desk is entered with."""

    port: int
    token: str = field(default_factory=_secret, repr=False)
    """In the address of every page."""
    seal: str = field(default_factory=_secret, repr=False)
    """In every form; a page of another site does not have it."""

    @property
    def host(self) -> str:
        """The only name that the desk answers to."""
        return f"127.0.0.1:{self.port}"

    @property
    def address(self) -> str:
        """Of the first page."""
        return f"http://{self.host}/{self.token}/"


class Guard:
    """Lets through what has the token, comes to the right name, and posts from the desk's own pages."""

    def __init__(self, app: ASGIApp, way: Pass) -> None:
        self._app = app
        self._way = way

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        refused = self._refused(Request(scope))
        if refused is not None:
            await refused(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refused(self, request: Request) -> Response | None:
        way = self._way
        if request.headers.get("host") != way.host:
            return _answer("this is not the desk's address", 421)
        given = str(request.scope["path"]).removeprefix("/").partition("/")[0]
        if not same(given, way.token):
            return _answer("there is no such page; open the address that `broker desk` printed", 404)
        if request.method == "POST" and request.headers.get("origin") != f"http://{way.host}":
            return _answer("the form was not sent from a page of the desk", 403)
        if request.method not in {"GET", "HEAD", "POST"}:
            return _answer("the desk is read and posted to, nothing else", 405)
        return None


def _answer(text: str, status: int) -> Response:
    return PlainTextResponse(f"{text}\n", status, HEADERS)
