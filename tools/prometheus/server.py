"""One Prometheus on a free port, with its data in a folder."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import requests

from tools import processes
from tools.prometheus.packages import ensure


def start(folder: Path, configuration: Path, *, keep: str = "60d", options: tuple[str, ...] = ()) -> str:
    """The address of a Prometheus that answers; one that runs already is stopped first. `keep`: how long data stay."""
    stop(folder)
    port = processes.free_port_block(1)
    log, pid_file = folder / "prometheus.log", folder / "prometheus.pid"
    (folder / "data").mkdir(parents=True, exist_ok=True)
    command = [
        str(ensure() / "usr/bin/prometheus"),
        f"--config.file={configuration}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--storage.tsdb.retention.time={keep}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--web.enable-lifecycle",
        "--log.level=warn",
        *options,
    ]
    process = processes.start(command, log_file=log, pid_file=pid_file)
    processes.wait_for_port(process, port, name="prometheus", log_file=log)
    _wait_until_ready(f"http://127.0.0.1:{port}")
    return f"http://127.0.0.1:{port}"


def _wait_until_ready(url: str, patience_s: float = 120.0) -> None:
    """Its port is open before its data are: until then it answers 503."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        with contextlib.suppress(requests.ConnectionError):
            if requests.get(f"{url}/-/ready", timeout=10).ok:
                return
        time.sleep(0.1)
    raise TimeoutError(f"starting Prometheus: {url} is not ready after {patience_s:.0f} s; see prometheus.log")


def stop(folder: Path) -> bool:
    """Whether one ran; its data stay."""
    return processes.stop(folder / "prometheus.pid")


@contextlib.contextmanager
def running(folder: Path, configuration: Path, *, options: tuple[str, ...] = ()) -> Iterator[str]:
    """The address of a Prometheus that is stopped at the end of the block."""
    try:
        yield start(folder, configuration, options=options)
    finally:
        stop(folder)
