"""The pages over HTTP: bytes that were rendered before, never a call to anything."""

import contextlib
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from monitoring.board import Board, Rendered
from monitoring.family import Page

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
"""Exactly this: Prometheus 3 refuses a scrape whose type it does not know."""

_PATHS: Final = {
    "/metrics": (Page.INVENTORY, Page.USAGE),
    "/metrics/inventory": (Page.INVENTORY,),
    "/metrics/usage": (Page.USAGE,),
    "/metrics/openstack": (Page.COMPATIBLE,),
}
_COMPATIBLE: Final = "/metrics/openstack"
_UNTOLD: Final = b"start the exporter with --compatible: then the families of openstack-exporter are here\n"
_NOT_READY: Final = (
    b"nothing has been read yet, or all that was read is too old: govcloud_collector_up and "
    b"govcloud_collector_errors_total on /metrics/usage say of which\n"
)
_STARTING: Final = b"the exporter starts: there is nothing to tell yet\n"
_IDLE_S: Final = 120.0
"""A connection that says nothing for so long is closed; Prometheus keeps one open between two scrapes of a minute."""
_NO_PAGE: Final = f"there are {', '.join(_PATHS)}\n".encode()


def server(board: Board, host: str, port: int, *, compatible: bool = False) -> ThreadingHTTPServer:
    """A server of the board's pages that is bound and not yet serving; port 0 takes a free one.

    `compatible`: whether the page with the families of openstack-exporter is one of them.

    Raises:
        OSError: The address is taken or not this machine's.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = _IDLE_S

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            pages = _PATHS.get(path)
            if path == _COMPATIBLE and not compatible:
                self._answer(HTTPStatus.NOT_FOUND, _UNTOLD)
                return
            if pages is None:
                self._answer(HTTPStatus.NOT_FOUND, _NO_PAGE)
                return
            found = [board.page(page) for page in pages]
            if why := _untold(pages, found):
                self._answer(HTTPStatus.SERVICE_UNAVAILABLE, why)
                return
            packed = _takes_gzip(self.headers.get("Accept-Encoding", ""))
            # members of a gzip file may stand one after the other
            body = b"".join(page.packed if packed else page.plain for page in found)
            self._answer(HTTPStatus.OK, body, packed=packed)

        def _answer(self, status: HTTPStatus, body: bytes, *, packed: bool = False) -> None:
            self.send_response(status)
            self.send_header("Content-Type", CONTENT_TYPE)
            if packed:
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                with contextlib.suppress(ConnectionError):  # whoever has hung up wants no answer, and no log is filled
                    self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            """Say nothing: a line per scrape helps nobody."""

    return ThreadingHTTPServer((host, port), Handler)


def _untold(pages: tuple[Page, ...], found: list[Rendered]) -> bytes:
    """Why there is nothing to serve; empty: there is. The usage page tells how collectors fare, from the first on."""
    if Page.USAGE in pages:
        return b"" if any(page.parts for page in found) else _STARTING
    return b"" if any(page.ready for page in found) else _NOT_READY


def _takes_gzip(accepted: str) -> bool:
    """By the header Accept-Encoding (RFC 9110): named, or by `*`, and not with a weight of nothing."""
    weights: dict[str, str] = {}
    for one in accepted.lower().split(","):
        coding, _, weight = one.partition(";")
        weights[coding.strip()] = weight.replace(" ", "").removeprefix("q=")
    weight = weights.get("gzip", weights.get("*", "0"))
    return not weight or bool(weight.strip("0."))
