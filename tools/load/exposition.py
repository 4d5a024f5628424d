"""A page of metrics as the past of its series: each had its value all the time, counters grew."""

from collections.abc import Iterable, Iterator

from tools.load.curve import Curve, Shape
from tools.load.history import Series, Value
from tools.load.page import NETWORK_BYTES_PER_S, Server

_ALWAYS = Curve(Shape.FLAT, 1.0)
_PER_S = 0.01
"""How fast counters grow."""
_DAY = (0, 86_400)
_HOSTS = 8


def series_of(page: str, gone: tuple[tuple[int, int], ...] = ()) -> Iterator[Series]:
    """A series for each line of the page. `gone`: when it is not told, in seconds since 1970.

    Raises:
        ValueError: A line is no sample.
    """
    counters = {
        line.split()[2] for line in page.splitlines() if line.startswith("# TYPE ") and line.endswith("counter")
    }
    for line in page.splitlines():
        if line.startswith("#"):
            continue
        head, _, value = line.rpartition(" ")
        name, _, labels = head.partition("{")
        if name in counters:
            yield Series(name, labels.removesuffix("}"), _ALWAYS, Value.COUNTER, _PER_S, gone)
        else:
            yield Series(name, labels.removesuffix("}"), _ALWAYS, Value.LEVEL, float(value), gone)


def of_hosts(servers: Iterable[Server], gone: tuple[tuple[int, int], ...] = ()) -> Iterator[Series]:
    """What a libvirt exporter told of servers with known loads; nothing of one whose curve is missing."""
    for number, server in enumerate(servers):
        if server.curve.shape is not Shape.MISSING:
            domain = f'instance="host-{number % _HOSTS}:9177",domain="instance-{number:08x}"'
            yield from _of_domain(domain, server, gone)


def _of_domain(domain: str, server: Server, gone: tuple[tuple[int, int], ...]) -> Iterator[Series]:
    load, vcpus, memory_bytes = server.curve, server.vcpus, server.memory_bytes
    free = Curve(Shape.FLAT, 1 - load.mean(*_DAY))
    info = f'{domain},instance_id="{server.id}",project_id="{server.project_id}"'
    yield Series("libvirt_domain_openstack_info", info, _ALWAYS, Value.LEVEL, 1.0, gone)
    for name, curve, value, scale in (
        ("info_cpu_time_seconds_total", load, Value.COUNTER, vcpus),
        ("info_virtual_cpus", _ALWAYS, Value.LEVEL, vcpus),
        ("info_maximum_memory_bytes", _ALWAYS, Value.LEVEL, memory_bytes),
        ("memory_stats_usable_bytes", free, Value.LEVEL, memory_bytes),
        ("interface_stats_receive_bytes_total", load, Value.COUNTER, NETWORK_BYTES_PER_S),
        ("interface_stats_transmit_bytes_total", load, Value.COUNTER, NETWORK_BYTES_PER_S),
    ):
        yield Series(f"libvirt_domain_{name}", domain, curve, value, scale, gone)
