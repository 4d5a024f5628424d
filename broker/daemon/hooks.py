"""The door for git hosts: a call with the right secret wakes the daemon. Nothing in a call is believed or kept.

So a call that is sent again, or made up by somebody who has the secret, costs one look at the registry.
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

MAX_BODY_BYTES: Final = 25 * 1024 * 1024
"""What GitHub sends at most. A body is digested as it comes and never held."""
BODY_S: Final = 20.0
"""How long a body may take."""

Ring = Callable[[], Awaitable[bool]]
"""Asks for a look; False: the queue does not answer now."""
Health = Callable[[], Awaitable[tuple[bool, Mapping[str, Any]]]]
"""Whether all is well, and what is told of it."""
_SIGNED: Final[Mapping[str, tuple[str, str]]] = {
    "github": ("x-hub-signature-256", "sha256="),
    "gitea": ("x-gitea-signature", ""),
}
"""Header and what stands before the hexadecimal HMAC-SHA-256 of the body."""
_GITLAB_TOKEN: Final = "x-gitlab-token"  # noqa: S105 - the name of a header


def door(secret: str, ring: Ring, health: Health) -> Starlette:
    """`POST /hooks/{gitlab,github,gitea}` and `GET /healthz`.

    Raises:
        ValueError: The secret is empty: everybody would have it.
    """
    if not secret:
        raise ValueError("a door without a secret is open to everybody")
    key = secret.encode()

    async def hook(request: Request) -> Response:
        host = request.path_params["host"]
        if host != "gitlab" and host not in _SIGNED:
            return _told(404, f"there is no door for {host}; there are gitlab, github, gitea")
        try:
            async with asyncio.timeout(BODY_S):
                seen = await _digest(request, key)
        except (TimeoutError, ClientDisconnect):
            return _told(408, "the body did not come")
        if seen is None:
            return _told(413, f"the body has more than {MAX_BODY_BYTES} bytes")
        if not _known(request, host, key, seen):
            return _told(401, "the secret or the signature is not right")
        if not await ring():
            return _told(503, "the queue does not answer now; the daemon looks by itself later")
        return _told(202, "the registry is looked at")

    async def healthz(_request: Request) -> Response:
        well, told = await health()
        return JSONResponse(dict(told), status_code=200 if well else 503)

    return Starlette(
        routes=[
            Route("/hooks/{host}", hook, methods=["POST"]),
            Route("/healthz", healthz, methods=["GET"]),
        ]
    )


async def _digest(request: Request, key: bytes) -> str | None:
    """The HMAC of the body in hexadecimal; None for one that is too large, which is not read to its end."""
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
        return None
    digest, size = hmac.new(key, digestmod="sha256"), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            return None
        digest.update(chunk)
    return digest.hexdigest()


def _known(request: Request, host: str, key: bytes, seen: str) -> bool:
    """Whether who calls has the secret; compared in constant time."""
    if host == "gitlab":
        return hmac.compare_digest(request.headers.get(_GITLAB_TOKEN, "").encode(), key)
    header, before = _SIGNED[host]
    return hmac.compare_digest(request.headers.get(header, "").encode(), f"{before}{seen}".encode())


def _told(status: int, text: str) -> Response:
    return JSONResponse({"told": text}, status_code=status)
