"""`python -m tools.load SERVERS.json PORT`: serve the load of the servers as a host's exporter would."""

import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tools.load.page import page, read

ARGUMENTS = 3


class Handler(BaseHTTPRequestHandler):
    """Answers every path with the page of this moment."""

    server: "Host"

    def do_GET(self) -> None:
        """The page."""
        body = page(read(self.server.file), time.time()).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""


class Host(ThreadingHTTPServer):
    """One host; its servers are read anew for every page, so that they may come and go."""

    def __init__(self, file: Path, port: int) -> None:
        self.file = file
        super().__init__(("127.0.0.1", port), Handler)


if __name__ == "__main__":
    if len(sys.argv) != ARGUMENTS:
        sys.exit(__doc__)
    Host(Path(sys.argv[1]), int(sys.argv[2])).serve_forever()
