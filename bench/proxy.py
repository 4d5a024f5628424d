"""The counting proxy: a process of its own before the sandbox, asked how many calls went through it."""

import json
import subprocess
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.openstack.catalogue import SERVICES
from tools.processes import free_port_block, is_port_free

_SERVICES = len(SERVICES)
_START_S = 10.0


@dataclass(frozen=True, slots=True)
class Proxy:
    """A running proxy: its first port, where clients log in, and its control port."""

    first_port: int
    control_port: int

    @property
    def auth_url(self) -> str:
        """Where a client logs in so that its calls count."""
        return f"http://127.0.0.1:{self.first_port}/v3"

    def reset(self) -> None:
        """Forget what was counted."""
        self._ask("reset")

    def calls(self) -> Counter[str]:
        """How many calls of each kind there were since then, such as `nova POST /v2.1/servers`."""
        return Counter(json.loads(self._ask("stats"))["by_call"])

    def errors(self) -> Mapping[str, int]:
        """Answers from 400 on, by status and kind of call."""
        found: Mapping[str, int] = json.loads(self._ask("stats"))["errors"]
        return found

    def _ask(self, what: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.control_port}/{what}", timeout=10) as answer:
            body: bytes = answer.read()
        return body


@contextmanager
def running(program: Path, cloud_port: int) -> Iterator[Proxy]:
    """A proxy before the cloud whose first port is given; it ends with the block."""
    first = free_port_block(_SERVICES + 1)
    proxy = Proxy(first, first + _SERVICES)
    names = ",".join(service.name for service in SERVICES)
    command: list[Any] = [program, "-from", cloud_port, "-to", first, "-control", proxy.control_port, "-names", names]
    with subprocess.Popen([str(part) for part in command]) as process:
        try:
            _wait(proxy)
            yield proxy
        finally:
            process.terminate()


def _wait(proxy: Proxy) -> None:
    until = time.monotonic() + _START_S
    while is_port_free(proxy.control_port):
        if time.monotonic() > until:
            raise SystemExit(f"the counting proxy did not start on port {proxy.control_port}")
        time.sleep(0.05)
