"""Another exporter on the same cloud of 1,000 and of 10,000 servers, by its command: what a scrape of it costs.

    python -m bench.peer [--repeats N] [--size SERVERS PROJECTS] [--scrape URL] -- COMMAND …

`{clouds}` in the command is a clouds.yaml with one cloud, `fake`; `{port}` is where it is to listen, in the command and
in the URL (`http://127.0.0.1:{port}/metrics` unless told). Of openstack-exporter, for example:

    python -m bench.peer -- openstack-exporter --os-client-config {clouds} --web.listen-address 127.0.0.1:{port} fake
"""

import argparse
import contextlib
import json
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import requests

from bench.exporter import SIZES, calls, fake_cloud, median_and_spread, post

WAIT_S: Final = 600.0
"""For the first scrape that has something in it: an exporter with a cache fills that first."""


def main(arguments: Sequence[str]) -> int:
    """One line of JSON per size."""
    parser = argparse.ArgumentParser(prog="python -m bench.peer", description="another exporter on the same cloud")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--size", type=int, nargs=2, action="append", metavar=("SERVERS", "PROJECTS"))
    parser.add_argument("--scrape", default="http://127.0.0.1:{port}/metrics")
    parser.add_argument("command", nargs="+")
    given = parser.parse_args(arguments)
    for servers, projects in given.size or SIZES:
        print(json.dumps(measured(servers, projects, given.command, given.scrape, given.repeats)), flush=True)
    return 0


def measured(servers: int, projects: int, command: Sequence[str], scrape: str, repeats: int) -> dict[str, object]:
    """Calls, seconds, bytes and series of a scrape, and the most memory that the exporter had."""
    with kept_port() as port, fake_cloud(servers, projects) as url, tempfile.TemporaryDirectory() as folder:
        clouds = Path(folder) / "clouds.yaml"
        clouds.write_text(json.dumps({"clouds": {"fake": login(url)}}), encoding="utf-8")
        filled = [word.format(clouds=clouds, port=port) for word in command]
        with subprocess.Popen(filled, stdout=subprocess.DEVNULL) as peer:
            try:
                first_s = answered(peer, scrape.format(port=port))
                runs = [scraped(url, scrape.format(port=port)) for _ in range(repeats)]
                return {
                    "servers": servers,
                    "projects": projects,
                    "first_s": round(first_s, 1),
                    "scrape_s": median_and_spread([run[0] for run in runs]),
                    "calls": max(run[1] for run in runs),
                    "plain_mb": round(len(runs[-1][2]) / 1e6, 2),
                    "series": sum(not line.startswith(b"#") for line in runs[-1][2].splitlines()),
                    "max_rss_mb": max_rss_mb(peer.pid),
                }
            finally:
                peer.terminate()


def login(url: str) -> dict[str, object]:
    """An entry of clouds.yaml for the fake cloud."""
    names = {"username": "a", "password": "b", "project_name": "admin"}
    domains = {"user_domain_name": "Default", "project_domain_name": "Default"}
    return {"auth": {"auth_url": f"{url}/identity/v3", **names, **domains}, "region_name": "R1"}


@contextlib.contextmanager
def kept_port() -> Iterator[int]:
    """A port of loopback that nobody else gets meanwhile, and on which a server may listen that reuses addresses.

    A peer is told its port and takes it later: were it given back before, another could have it by then.
    """
    with socket.socket() as keeper:
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        keeper.bind(("127.0.0.1", 0))
        yield int(keeper.getsockname()[1])


def answered(peer: subprocess.Popen[bytes], url: str) -> float:
    """Seconds until a scrape has a series of servers in it: an empty answer is none."""
    start = time.monotonic()
    while time.monotonic() - start < WAIT_S:
        if peer.poll() is not None:
            raise SystemExit(f"the exporter ended with exit code {peer.returncode}")
        with contextlib.suppress(requests.ConnectionError):
            if b"server" in requests.get(url, timeout=WAIT_S).content:
                return time.monotonic() - start
        time.sleep(0.2)
    raise SystemExit(f"the exporter told no servers at {url} within {WAIT_S:.0f} s")


def scraped(cloud: str, url: str) -> tuple[float, int, bytes]:
    """Seconds, calls to the cloud and the text of one scrape."""
    post(f"{cloud}/_reset")
    start = time.monotonic()
    text = requests.get(url, timeout=WAIT_S).content
    return time.monotonic() - start, calls(cloud), text


def max_rss_mb(pid: int) -> int:
    """The most memory that a process of this machine had so far."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
    if found is None:
        raise SystemExit(f"/proc/{pid}/status tells no VmHWM")
    return int(found[1]) // 1024


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
