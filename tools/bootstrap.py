"""The project's Python environment from a bare machine: finds or gets uv, then runs `uv sync --frozen`.

Standard library alone, since nothing else is there yet: `python3 tools/bootstrap.py [arguments of uv sync]`.
Exit 0 ready, 2 something is missing (the message says what, and what cures it).
"""

from __future__ import annotations

import base64
import configparser
import hashlib
import html.parser
import importlib.util
import json
import os
import platform
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.client import HTTPResponse

UV_VERSION = "0.13.9"
UV_WHEEL = f"uv-{UV_VERSION}-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
UV_SHA256 = "d7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19"
PUBLIC_INDEX = "https://pypi.org/simple"
CHECKOUT = Path(__file__).resolve().parents[1]
OLDEST_PYTHON, TOO_NEW_PYTHON = (3, 11), (3, 14)
TIMEOUT_S = 30
CHUNK_BYTES = 1 << 20
JSON_FORM = "application/vnd.pypi.simple.v1+json"
CURE = (
    f"cure: give this machine a way to a Python package index (UV_DEFAULT_INDEX or PIP_INDEX_URL names another one, "
    f"HTTPS_PROXY a proxy), or put uv {UV_VERSION} on PATH; then run the same command again"
)


class Missing(Exception):
    """Something that the set-up needs and this machine does not have."""


def main(arguments: list[str]) -> int:
    """The exit code: 0 the environment is ready, 2 something is missing."""
    try:
        sync(find_uv() or get_uv(), arguments)
    except Missing as missing:
        print(f"bootstrap: {missing}\nbootstrap: {CURE}", file=sys.stderr)
        return 2
    return 0


def user_cache() -> Path:
    """The broker's folder in the user cache, `XDG_CACHE_HOME` or `~/.cache`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "govcloud-broker"


def kept_uv() -> Path:
    """Where a uv of our own is kept."""
    return user_cache() / "uv" / UV_VERSION / "uv"


def find_uv() -> Path | None:
    """The uv on PATH, else the one kept in the user cache, else None."""
    on_path = shutil.which("uv")
    if on_path:
        return Path(on_path)
    return kept_uv() if os.access(kept_uv(), os.X_OK) else None


def get_uv() -> Path:
    """A uv put into the user cache in one rename: by pip where Python can make an environment, else from the wheel."""
    if platform.machine() != "x86_64":
        raise Missing(f"getting uv: no wheel is pinned for {platform.machine()}")
    kept_uv().parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="unfinished-", dir=kept_uv().parent) as folder:
        uv = (uv_by_pip(Path(folder)) if can_pip() else None) or uv_from_wheel(Path(folder))
        uv.chmod(0o755)
        uv.replace(kept_uv())
    return kept_uv()


def can_pip() -> bool:
    """Whether `python3 -m venv` gives an environment with pip; Debian leaves ensurepip to python3-venv."""
    return bool(importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"))


def uv_by_pip(folder: Path) -> Path | None:
    """The uv that pip installs, its digest checked by pip; None where that does not work."""
    pinned = folder / "uv.txt"
    pinned.write_text(f"uv=={UV_VERSION} --hash=sha256:{UV_SHA256}\n", encoding="utf-8")
    pip: list[str | Path] = [
        folder / "env/bin/python",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--only-binary=:all:",
    ]
    commands: tuple[list[str | Path], ...] = (
        [sys.executable, "-m", "venv", folder / "env"],
        [*pip, "--disable-pip-version-check", "--retries=1", "--require-hashes", "--requirement", pinned],
    )
    with step(f"uv {UV_VERSION} by pip"):
        for command in commands:
            run = subprocess.run(command, capture_output=True, text=True, check=False)
            if run.returncode:
                said = (run.stderr or run.stdout).strip().splitlines() or ["no message"]
                say(f"pip cannot get it ({said[-1]}); taking the wheel itself")
                return None
    return folder / "env/bin/uv"


def uv_from_wheel(folder: Path) -> Path:
    """The uv inside the pinned wheel, downloaded from the configured index and checked against the pinned SHA-256."""
    index = index_url()
    shown = without_credentials(index)[0]
    wheel = folder / UV_WHEEL
    try:
        with step(f"{UV_WHEEL} from {shown}"):
            fetch(wheel_url(index), wheel)
        with zipfile.ZipFile(wheel) as files:
            files.extract(f"uv-{UV_VERSION}.data/scripts/uv", folder)
    except (OSError, zipfile.BadZipFile, KeyError, ValueError) as cause:
        raise Missing(f"getting uv {UV_VERSION} from {shown}: {getattr(cause, 'reason', cause)}") from cause
    return folder / f"uv-{UV_VERSION}.data" / "scripts" / "uv"


def index_url() -> str:
    """The package index of this person and machine: uv's variables, pip's, pip's files, else the public one."""
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        if url := os.environ.get(name):
            return re.sub(r"^[\w-]+=(?=https?://)", "", url)  # uv allows `name=url`
    return pip_setting("index-url") or PUBLIC_INDEX


def pip_setting(name: str) -> str | None:
    """A setting of pip's configuration files, the nearest one to the person first."""
    config_home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    files = [
        config_home / "pip/pip.conf",
        Path.home() / ".pip/pip.conf",
        Path("/etc/xdg/pip/pip.conf"),
        Path("/etc/pip.conf"),
    ]
    for path in [Path(os.environ["PIP_CONFIG_FILE"]), *files] if os.environ.get("PIP_CONFIG_FILE") else files:
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding="utf-8")
        except configparser.Error as cause:
            raise Missing(f"reading {path}: {cause}") from cause
        for section in ("install", "global"):
            if parser.has_option(section, name):
                return parser.get(section, name)
    return None


def wheel_url(index: str) -> str:
    """Where the index keeps the pinned wheel; raises Missing where it has none."""
    page_url = f"{index.rstrip('/')}/uv/"
    with open_url(page_url, accept=f"{JSON_FORM}, text/html;q=0.5") as page:
        text = page.read().decode("utf-8")
        is_json = JSON_FORM in (page.headers.get("Content-Type") or "")
    links: list[str] = [file["url"] for file in json.loads(text)["files"]] if is_json else html_links(text)
    for link in links:
        if link.partition("#")[0].endswith(f"/{UV_WHEEL}") or link.partition("#")[0] == UV_WHEEL:
            return urllib.parse.urljoin(page_url, link).partition("#")[0]
    raise Missing(f"getting uv: {without_credentials(page_url)[0]} does not list {UV_WHEEL}")


def html_links(text: str) -> list[str]:
    """Every link of a simple index page."""
    links: list[str] = []

    class Anchors(html.parser.HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            links.extend(value for name, value in attrs if (tag, name) == ("a", "href") and value)

    Anchors().feed(text)
    return links


def fetch(url: str, target: Path) -> None:
    """Downloads the wheel and raises Missing where its SHA-256 is not the pinned one."""
    seen, start, last = hashlib.sha256(), time.monotonic(), 0.0
    with open_url(url) as answer, target.open("wb") as out:
        total_mib = int(answer.headers.get("Content-Length") or 0) / CHUNK_BYTES
        while chunk := answer.read(CHUNK_BYTES):
            seen.update(chunk)
            out.write(chunk)
            if (passed := time.monotonic() - start) > last + 2:
                say(f"{out.tell() / CHUNK_BYTES:.0f} of {total_mib:.0f} MiB ({passed:.0f} s)")
                last = passed
    if seen.hexdigest() != UV_SHA256:
        raise Missing(
            f"checking {UV_WHEEL}: SHA-256 is {seen.hexdigest()}, pinned is {UV_SHA256}; "
            "the index or the way to it changed the file"
        )


def open_url(url: str, accept: str = "*/*") -> HTTPResponse:
    """An open answer; user and password in the URL go into the header, as pip does it."""
    bare, credentials = without_credentials(url)
    headers = {"Accept": accept}
    if credentials:
        headers["Authorization"] = f"Basic {base64.b64encode(credentials.encode()).decode()}"
    certificates = os.environ.get("PIP_CERT") or pip_setting("cert")
    context = ssl.create_default_context(cafile=certificates)
    request = urllib.request.Request(bare, headers=headers)  # noqa: S310 - the index that the person configured
    answer: HTTPResponse = urllib.request.urlopen(request, timeout=TIMEOUT_S, context=context)  # noqa: S310 - as above
    return answer


def without_credentials(url: str) -> tuple[str, str]:
    """The URL as it may be shown, and `user:password` or an empty text."""
    parts = urllib.parse.urlsplit(url)
    credentials, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=host).geturl(), urllib.parse.unquote(credentials)


def sync(uv: Path, arguments: list[str]) -> None:
    """Brings `.venv` of the checkout to what `uv.lock` says."""
    command: list[str | Path] = [uv, "sync", "--frozen", *interpreter(), *arguments]
    env = environment()
    with step(f"Python environment {CHECKOUT / '.venv'} by {uv}"):
        run = subprocess.run(command, cwd=CHECKOUT, env=env, check=False)
        if run.returncode:
            raise Missing(
                f"making the Python environment: uv sync ended with {run.returncode}, its reason stands above"
            )


def environment() -> dict[str, str]:
    """The environment for uv: the machine's own certificates and pip's settings hold for it too."""
    env = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    if "UV_INDEX_URL" not in env and (index := index_url()) != PUBLIC_INDEX:
        env.setdefault("UV_DEFAULT_INDEX", index)
    if certificates := os.environ.get("PIP_CERT") or pip_setting("cert"):
        env.setdefault("SSL_CERT_FILE", certificates)
    # offices whose proxy opens TLS put its authority into the machine's store, which uv does not read by itself
    env.setdefault("UV_SYSTEM_CERTS", "true")
    return env


def interpreter() -> list[str]:
    """`--python` with the running interpreter for a new environment; one that is there keeps its own."""
    is_new = not (CHECKOUT / ".venv/bin/python").exists()
    fits = OLDEST_PYTHON <= sys.version_info[:2] < TOO_NEW_PYTHON and sys.prefix == sys.base_prefix
    return ["--python", sys.executable] if is_new and fits else []


@contextmanager
def step(what: str) -> Iterator[None]:
    """Says what is being done, and how long it took."""
    start = time.monotonic()
    say(f"{what} ...")
    yield
    say(f"{what}: {time.monotonic() - start:.1f} s")


def say(line: str) -> None:
    """One line of progress on stderr."""
    print(f"bootstrap: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
