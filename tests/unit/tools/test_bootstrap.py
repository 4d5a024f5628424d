"""Getting uv on a bare machine; the package index is a small local server."""

import hashlib
import json
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tools import bootstrap

NOBODY = "http://127.0.0.1:9/simple"
VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL", "PIP_CONFIG_FILE", "PIP_CERT", "SSL_CERT_FILE")


@dataclass
class Index:
    """A package index: what it answers by path, and the headers that came."""

    url: str = ""
    pages: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    authorizations: list[str | None] = field(default_factory=list)


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person without settings, on a machine whose Python has no pip."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home/.config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setattr(bootstrap, "can_pip", lambda: False)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    known = Index()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known.authorizations.append(self.headers.get("Authorization"))
            kind, body = known.pages.get(self.path, ("", b""))
            self.send_response(200 if kind else 404)
            self.send_header("Content-Type", kind or "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    wheel = tmp_path / bootstrap.UV_WHEEL
    with zipfile.ZipFile(wheel, "w") as files:
        files.writestr(f"uv-{bootstrap.UV_VERSION}.data/scripts/uv", "#!/bin/sh\nexit 0\n")
    monkeypatch.setattr(bootstrap, "UV_SHA256", hashlib.sha256(wheel.read_bytes()).hexdigest())
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known.url = f"http://127.0.0.1:{server.server_port}/simple"
    known.pages["/files/" + wheel.name] = ("application/zip", wheel.read_bytes())
    listed = {"files": [{"url": "/files/uv-0.0.1.whl"}, {"url": f"/files/{wheel.name}"}]}
    known.pages["/simple/uv/"] = (bootstrap.JSON_FORM, json.dumps(listed).encode())
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield known
    server.shutdown()
    thread.join()
    server.server_close()


def test_uv_comes_from_the_wheel_of_the_configured_index(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", index.url)
    assert bootstrap.find_uv() is None
    uv = bootstrap.get_uv()
    assert uv == bootstrap.kept_uv() == bootstrap.find_uv()
    assert [entry.name for entry in uv.parent.iterdir()] == ["uv"]


def test_an_index_that_speaks_html_only_serves_too(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    page = f'<a href="../../files/{bootstrap.UV_WHEEL}#sha256=1">uv</a>'
    index.pages["/simple/uv/"] = ("text/html", page.encode())
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"office={index.url}/")
    assert bootstrap.get_uv().exists()


def test_a_changed_wheel_is_refused(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_INDEX_URL", index.url)
    monkeypatch.setattr(bootstrap, "UV_SHA256", "0" * 64)
    with pytest.raises(bootstrap.Missing, match="SHA-256 is"):
        bootstrap.get_uv()
    assert bootstrap.find_uv() is None


def test_credentials_of_the_index_are_sent_and_never_shown(
    index: Index, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", index.url.replace("http://", "http://person:canary%40@"))
    bootstrap.get_uv()
    assert set(index.authorizations) == {"Basic cGVyc29uOmNhbmFyeUA="}
    assert "canary" not in capsys.readouterr().err


def test_without_network_the_cure_is_said_and_the_exit_code_is_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", NOBODY)
    assert bootstrap.main([]) == 2
    said = capsys.readouterr().err
    assert f"getting uv {bootstrap.UV_VERSION} from {NOBODY}" in said
    assert "cure: give this machine a way to a Python package index" in said


def test_an_index_without_the_wheel_says_so(
    index: Index, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    index.pages["/simple/uv/"] = (bootstrap.JSON_FORM, b'{"files": []}')
    monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)
    assert bootstrap.main([]) == 2
    assert f"does not list {bootstrap.UV_WHEEL}" in capsys.readouterr().err


def test_pips_files_name_the_index_when_no_variable_does(tmp_path: Path) -> None:
    settings = tmp_path / "home/.config/pip/pip.conf"
    settings.parent.mkdir(parents=True)
    settings.write_text("[global]\nindex-url = https://office.example/simple\ncert = /etc/office.pem\n")
    assert bootstrap.index_url() == "https://office.example/simple"
    env = bootstrap.environment()
    assert (env["UV_DEFAULT_INDEX"], env["SSL_CERT_FILE"]) == ("https://office.example/simple", "/etc/office.pem")


def test_a_variable_goes_before_pips_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = tmp_path / "home/.config/pip/pip.conf"
    settings.parent.mkdir(parents=True)
    settings.write_text("[global]\nindex-url = https://office.example/simple\n")
    monkeypatch.setenv("PIP_INDEX_URL", "https://other.example/simple")
    assert bootstrap.index_url() == "https://other.example/simple"


def test_uv_gets_the_locked_environment_and_the_callers_arguments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uv, told = tmp_path / "empty/uv", tmp_path / "told"
    uv.parent.mkdir()
    uv.write_text(f'#!/bin/sh\necho "$@" > {told}\n')
    uv.chmod(0o755)
    monkeypatch.setattr(bootstrap, "CHECKOUT", tmp_path)
    monkeypatch.setenv("UV_DEFAULT_INDEX", NOBODY)
    assert bootstrap.main(["--no-dev"]) == 0
    words = told.read_text().split()
    assert words[:2] == ["sync", "--frozen"]
    assert words[-1] == "--no-dev"


def test_a_sync_that_ends_badly_is_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    uv = tmp_path / "empty/uv"
    uv.parent.mkdir()
    uv.write_text("#!/bin/sh\nexit 7\n")
    uv.chmod(0o755)
    assert bootstrap.main([]) == 2
    assert "uv sync ended with 7" in capsys.readouterr().err
