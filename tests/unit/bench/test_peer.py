"""The comparison takes any exporter's command: what it asked of the cloud and what it told is measured."""

import socket
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from bench.peer import kept_port, measured

PEER = """
import json, sys, urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

auth = json.load(open(sys.argv[1]))["clouds"]["fake"]["auth"]
root = auth["auth_url"].removesuffix("/identity/v3")

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        page = json.load(urllib.request.urlopen(root + "/compute/v2.1/servers/detail"))
        urllib.request.urlopen(root + "/identity/v3/projects")
        lines = "".join("peer_server{id=\\\\"%s\\\\"} 1\\\\n" % one["id"] for one in page["servers"])
        self.send_response(200)
        self.end_headers()
        self.wfile.write(("# HELP peer_server A server.\\\\n" + lines).encode())
    def log_message(self, *args):
        pass

HTTPServer(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()
""".replace("\\\\", "\\")


def test_a_peer_is_measured_on_the_same_cloud(tmp_path: Path) -> None:
    program = tmp_path / "peer.py"
    program.write_text(PEER)
    found = measured(30, 3, [sys.executable, str(program), "{clouds}", "{port}"], "http://127.0.0.1:{port}/metrics", 2)
    assert (found["calls"], found["series"], found["servers"]) == (2, 30, 30)
    assert float(str(found["scrape_s"]).partition(" ")[0]) >= 0.1  # two calls of 50 ms
    assert int(str(found["max_rss_mb"])) > 1


def test_nobody_else_gets_the_port_that_is_kept_for_a_peer_and_the_peer_does() -> None:
    with kept_port() as port:
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", port))
        with HTTPServer(("127.0.0.1", port), BaseHTTPRequestHandler) as peer:
            assert peer.server_port == port


def test_one_that_ends_is_said_to_have_ended(tmp_path: Path) -> None:
    program = tmp_path / "peer.py"
    program.write_text("raise SystemExit(3)")
    with pytest.raises(SystemExit, match="the exporter ended with exit code 3"):
        measured(5, 1, [sys.executable, str(program)], "http://127.0.0.1:{port}/metrics", 1)
