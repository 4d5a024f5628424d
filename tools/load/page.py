"""The exposition of a host: series of inovex/prometheus-libvirt-exporter for servers with known curves."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.load.curve import Curve, Shape

NETWORK_BYTES_PER_S = 10**6
BLOCK_BYTES_PER_S = 2 * 10**6
TABLE: tuple[tuple[str, str, Callable[["Server", float], float | None]], ...] = (
    ("libvirt_domain_info_cpu_time_seconds_total", "counter", lambda s, t: s.curve.integral(t) * s.vcpus),
    ("libvirt_domain_info_virtual_cpus", "gauge", lambda s, _t: s.vcpus),
    ("libvirt_domain_info_maximum_memory_bytes", "gauge", lambda s, _t: s.memory_bytes),
    ("libvirt_domain_memory_stats_usable_bytes", "gauge", lambda s, t: s.usable_bytes(t)),
    ("libvirt_domain_interface_stats_receive_bytes_total", "counter", lambda s, t: s.moved(t, NETWORK_BYTES_PER_S)),
    ("libvirt_domain_interface_stats_transmit_bytes_total", "counter", lambda s, t: s.moved(t, NETWORK_BYTES_PER_S)),
    ("libvirt_domain_block_stats_write_bytes_total", "counter", lambda s, t: s.moved(t, BLOCK_BYTES_PER_S)),
)
"""Name, type and value of every series but the info."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server as its host sees it. `balloon` False: the guest tells nothing of its memory."""

    id: str
    project_id: str
    vcpus: int
    memory_bytes: int
    curve: Curve
    balloon: bool = True

    def usable_bytes(self, t_s: float) -> float | None:
        """Memory that is free in the guest; None where the guest does not tell."""
        return self.memory_bytes * (1 - self.curve.at(t_s)) if self.balloon else None

    def moved(self, t_s: float, full_bytes_per_s: int) -> float:
        """Bytes moved so far by something that runs with the load."""
        return self.curve.integral(t_s) * full_bytes_per_s


def page(servers: Iterable[Server], t_s: float) -> str:
    """The text at an instant; a server whose curve is missing is left out."""
    shown = [(f"instance-{n:08x}", s) for n, s in enumerate(servers) if s.curve.shape is not Shape.MISSING]
    return "\n".join(_lines(shown, t_s)) + "\n"


def _lines(shown: list[tuple[str, Server]], t_s: float) -> Iterator[str]:
    for name, kind, value_of in TABLE:
        yield f"# TYPE {name} {kind}"
        for domain, server in shown:
            value = value_of(server, t_s)
            if value is not None:
                yield f'{name}{{domain="{domain}"}} {value!r}'
    yield "# TYPE libvirt_domain_openstack_info gauge"
    for domain, server in shown:
        labels = f'domain="{domain}",instance_id="{server.id}",project_id="{server.project_id}"'
        yield f"libvirt_domain_openstack_info{{{labels}}} 1"


def read(file: Path) -> tuple[Server, ...]:
    """The servers of a JSON list: id, project_id, vcpus, memory_bytes, shape, and level where it is not a half."""
    return tuple(
        Server(
            id=each["id"],
            project_id=each["project_id"],
            vcpus=each["vcpus"],
            memory_bytes=each["memory_bytes"],
            curve=Curve(Shape(each["shape"]), each.get("level", 0.5)),
            balloon=each.get("balloon", True),
        )
        for each in json.loads(file.read_text(encoding="utf-8"))
    )
