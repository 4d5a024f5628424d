"""Closing a month of 10,000 servers: a Prometheus with a sample of each every five minutes, and a ledger with them.

    python -m bench.month [SERVERS] [FOLDER]

The first run writes the month's blocks into FOLDER (build/bench-month), which takes minutes; later ones use them.
"""

import sys
import time
from pathlib import Path
from typing import Final

from monitoring.metering.period import Month
from tools.load.curve import Curve, Shape
from tools.load.history import Series, Value, write
from tools.prometheus.packages import ensure

MONTH: Final = Month(2026, 10)
STEP_S: Final = 300
PER_SYSTEM: Final = 20
CURVES: Final = (
    Curve(Shape.IDLE),
    *(Curve(Shape.FLAT, level / 10) for level in range(1, 10)),
    *(Curve(Shape.PEAK, level / 10) for level in range(2, 10)),
)
MB_PER_S: Final = 10**6


def server_id(number: int) -> str:
    """The id of a server, as a cloud would give it."""
    return f"00000000-0000-4000-8000-{number:012x}"


def curve_of(number: int) -> Curve:
    """The load of a server."""
    return CURVES[number % len(CURVES)]


def series(servers: int) -> list[Series]:
    """What the recording rules would have left of the servers, and of systems of twenty each."""
    found = []
    for number in range(servers):
        labels = f'cloud="c",project_id="p{number // PER_SYSTEM}",server_id="{server_id(number)}"'
        curve = curve_of(number)
        found += [
            Series("server:govcloud_server_cpu:ratio_rate5m", labels, curve, Value.RATE),
            Series("server:govcloud_server_memory:ratio", labels, curve, Value.LEVEL),
        ]
        if number % 10 == 0:
            # a tenth has network figures: enough for the daily sums of those that idle
            found.append(Series("server:govcloud_server_network_receive:bytes_rate5m", labels, curve, Value.RATE, 1e6))
    for number in range(servers // PER_SYSTEM):
        labels = f'cloud="c",system_id="system-{number:04d}"'
        found += [
            Series("system:govcloud_server_cpu:ratio_rate5m", labels, curve_of(number), Value.RATE),
            Series("system:govcloud_server_memory:ratio", labels, curve_of(number), Value.LEVEL),
        ]
    return found


def history(servers: int, folder: Path) -> Path:
    """The folder of a Prometheus that has the month."""
    data = folder / "data"
    if not (folder / "complete").exists():
        start = time.monotonic()
        span = MONTH.span
        write(ensure() / "usr/bin/promtool", data, series(servers), span.start_s, span.end_s, STEP_S)
        (folder / "complete").touch()
        print(f"wrote the month of {servers} servers in {time.monotonic() - start:.0f} s")
    return folder


if __name__ == "__main__":
    history(int(sys.argv[1]) if sys.argv[1:] else 10_000, Path(sys.argv[2] if sys.argv[2:] else "build/bench-month"))
