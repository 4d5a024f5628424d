"""The exporter against a cloud of 1,000 and of 10,000 servers, each call answered after 50 ms.

    python -m bench.exporter [REPEATS]

Prints calls, seconds and memory of a refresh, seconds and bytes of a scrape, and the series that a change of state
adds. `bench/peer.py` does the same of another exporter by its command; bench/README.md has the figures recorded of one.
"""

import contextlib
import gzip
import json
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import openstack
import requests
from openstack.connection import Connection

from monitoring.clouds import Rhythm, of_openstack
from monitoring.exporter import Exporter
from monitoring.family import Page
from monitoring.listing import Listing
from monitoring.places import Owner, Places
from monitoring.serve import server

SIZES = ((1_000, 50), (10_000, 500))
LATENCY_MS = 50


def main(repeats: int) -> None:
    """One line per size; each size in a process of its own, so that memory is its own."""
    for servers, projects in SIZES:
        subprocess.run([sys.executable, "-m", "bench.exporter", str(repeats), str(servers), str(projects)], check=True)


def measure(repeats: int, servers: int, projects: int) -> None:
    """Print one line of JSON."""
    with fake_cloud(servers, projects) as url:
        print(json.dumps(figures(url, repeats, servers, projects)))


@contextlib.contextmanager
def fake_cloud(servers: int, projects: int) -> Iterator[str]:
    """Its address, while it runs."""
    fake = Path(__file__).with_name("fake_cloud.py")
    command = [sys.executable, str(fake), str(servers), str(projects), str(LATENCY_MS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as cloud:
        try:
            said = cloud.stdout.readline().split() if cloud.stdout else []
            if said[:1] != [b"ready"]:
                raise SystemExit("the fake cloud did not start")
            yield f"http://127.0.0.1:{int(said[1])}"
        finally:
            cloud.terminate()


def figures(url: str, repeats: int, servers: int, projects: int) -> dict[str, object]:
    """What is measured at one size."""
    listing = Listing(lambda: connection(url))
    places = Places(listing, lambda: {f"system-{i:04d}/extranet": Owner("u", f"s{i}", "c") for i in range(projects)})
    collectors = of_openstack("fake", listing, places, Rhythm(), frozenset())
    exporter = Exporter(
        tuple(c for c in collectors if not c.name.startswith("swift")), lambda: iter(()), time.time, print
    )
    runs = []
    for _ in range(repeats):
        post(f"{url}/_reset")
        cpu, start = cpu_s(), time.monotonic()
        exporter.refresh()
        runs.append((time.monotonic() - start, cpu_s() - cpu, calls(url)))
    serving = server(exporter.board, "127.0.0.1", 0)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    scrapes = [scraped(serving.server_address[1]) for _ in range(max(repeats, 5))]
    # before the names of all series are compared here: that is this program's memory, not the exporter's
    max_rss_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    before = names(exporter)
    post(f"{url}/_stop/{servers // 10}")
    exporter.refresh()
    failed = {c.name: error for c in collectors if (error := exporter.board.known(c).error)}
    return {
        "servers": servers,
        "projects": projects,
        "calls_first": runs[0][2],
        "calls": runs[-1][2],
        "refresh_s": median_and_spread([run[0] for run in runs]),
        "refresh_cpu_s": median_and_spread([run[1] for run in runs]),
        "scrape_s": median_and_spread([scrape[0] for scrape in scrapes]),
        "scrape_gzip_mb": round(scrapes[0][1] / 1e6, 2),
        "plain_mb": round(sum(len(exporter.board.page(page).plain) for page in Page) / 1e6, 2),
        "series": len(before),
        "new_series_on_state_change": len(names(exporter) - before),
        "max_rss_mb": max_rss_mb,
        "failed": failed,
    }


def connection(url: str) -> Connection:
    """A login at the fake cloud."""
    auth = {"auth_url": f"{url}/identity/v3", "username": "a", "password": "b", "project_name": "admin"}
    domains = {"user_domain_id": "default", "project_domain_id": "default"}
    return openstack.connect(
        load_yaml_config=False, load_envvars=False, region_name="R1", auth_type="password", auth={**auth, **domains}
    )


def scraped(port: int) -> tuple[float, int]:
    """Seconds and bytes of a compressed scrape of both pages, as Prometheus asks for it."""
    start = time.monotonic()
    url, headers = f"http://127.0.0.1:{port}/metrics", {"Accept-Encoding": "gzip"}
    with requests.get(url, headers=headers, stream=True, timeout=60) as answer:
        body = answer.raw.read()
    took = time.monotonic() - start
    if not gzip.decompress(body).startswith(b"# HELP"):
        raise SystemExit("the scrape is no exposition")
    return took, len(body)


def names(exporter: Exporter) -> set[str]:
    """Every series that is served, without its value."""
    lines = b"".join(exporter.board.page(page).plain for page in Page).decode().splitlines()
    return {line.rpartition(" ")[0] for line in lines if not line.startswith("#")}


def calls(url: str) -> int:
    """Requests that the cloud counted."""
    return int(requests.get(f"{url}/_calls", timeout=60).json()["total"])


def post(url: str) -> None:
    """Tell the fake cloud something."""
    requests.post(url, timeout=60).raise_for_status()


def cpu_s() -> float:
    """CPU seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def median_and_spread(values: list[float]) -> str:
    """Such as `1.84 (1.80-2.10)`."""
    return f"{statistics.median(values):.3f} ({min(values):.3f}-{max(values):.3f})"


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    if len(given) == 3:  # noqa: PLR2004 - repeats, servers, projects
        measure(*given)
    else:
        main(given[0] if given else 5)
