"""A key-value engine, version 2, as the broker sees it: check-and-set, versions, listing, a token. Over real HTTP."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "hvs.canary-of-the-vault-token"  # noqa: S105 - opens nothing but this fake


@dataclass(slots=True)
class Entry:
    version: int = 0
    data: dict[str, Any] = field(default_factory=dict)
    max_versions: int = 0
    cas_required: bool = False


@dataclass(slots=True)
class Vault:
    """What the fake holds, and where it listens."""

    url: str = ""
    sealed: bool = False
    entries: dict[str, Entry] = field(default_factory=dict)
    turn: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, method: str, path: str, body: dict[str, Any], token: str) -> tuple[int, dict[str, Any]]:  # noqa: PLR0911 - one line per request
        if self.sealed:
            return 503, {"errors": ["Vault is sealed"]}
        if token != TOKEN:
            return 403, {"errors": ["permission denied"]}
        mount, _, rest = path.removeprefix("/v1/").partition("/")
        part, _, name = rest.partition("/")
        if mount != "secret":
            return 404, {"errors": [f'no handler for route "{path}"']}
        with self.turn:
            match method, part:
                case "LIST", "metadata":
                    return self._list(name.rstrip("/") + "/")
                case "GET", "data":
                    return self._read(name)
                case "POST" | "PUT", "data":
                    return self._write(name, body)
                case "POST" | "PUT", "metadata":
                    entry = self.entries.setdefault(name, Entry())
                    entry.max_versions, entry.cas_required = body["max_versions"], body["cas_required"]
                    return 204, {}
                case "DELETE", "metadata":
                    self.entries.pop(name, None)
                    return 204, {}
        return 405, {"errors": ["unsupported operation"]}

    def _list(self, folder: str) -> tuple[int, dict[str, Any]]:
        keys = sorted(name.removeprefix(folder) for name in self.entries if name.startswith(folder))
        return (200, {"data": {"keys": keys}}) if keys else (404, {"errors": []})

    def _read(self, name: str) -> tuple[int, dict[str, Any]]:
        entry = self.entries.get(name)
        if entry is None or not entry.version:
            return 404, {"errors": []}
        return 200, {"data": {"data": entry.data, "metadata": {"version": entry.version, "deletion_time": ""}}}

    def _write(self, name: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        entry = self.entries.get(name, Entry())
        if body.get("options", {}).get("cas") != entry.version:
            return 400, {"errors": ["check-and-set parameter did not match the current version"]}
        entry.version, entry.data = entry.version + 1, body["data"]
        self.entries[name] = entry
        return 200, {"data": {"version": entry.version}}


@contextmanager
def running() -> Iterator[Vault]:
    vault = Vault()

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            token = self.headers.get("X-Vault-Token", "")
            status, answer = vault.answer(self.command, self.path.partition("?")[0], body, token)
            content = json.dumps(answer).encode() if status != 204 else b""
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = do_LIST = _do  # noqa: N815 - the base class's names

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    vault.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield vault
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
