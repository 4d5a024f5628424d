"""Closing a month of 10,000 servers: a Prometheus with a sample of each every five minutes, and a ledger with them.

    python -m bench.month [SERVERS] [FOLDER]

The first run writes the month's blocks into FOLDER (build/bench-month), which takes minutes; later ones use them.
Prints one line of JSON: seconds and questions of the close, and the errors of its figures beside the true curves.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg.types.json import Jsonb

from broker.documents.envelope import Document
from broker.documents.platform import ServiceContractSpec
from broker.ledger import embedded, months, usage
from broker.ledger.connect import Connection, connect
from broker.ledger.migrate import migrate
from broker.registry.filed import Filed, Registry
from broker.registry.records import append
from monitoring.metering.desk import Closed, Desk, close_month
from monitoring.metering.facts import written
from monitoring.metering.gather import Sources
from monitoring.metering.period import Month
from monitoring.metering.policy import in_force
from monitoring.utilisation.names import UseNames
from monitoring.utilisation.prometheus import PrometheusUse
from quotas.amount import Amount
from tools.load.curve import Curve, Shape
from tools.load.history import Series, Value, write
from tools.prometheus import server
from tools.prometheus.packages import ensure

MONTH: Final = Month(2026, 10)
STEP_S: Final = 300
PER_SYSTEM: Final = 20
CURVES: Final = (
    Curve(Shape.IDLE),
    *(Curve(Shape.FLAT, level / 10) for level in range(1, 10)),
    *(Curve(Shape.PEAK, level / 10) for level in range(2, 10)),
)
NAMES: Final = UseNames(
    cpu="server:govcloud_server_cpu:ratio_rate5m",
    memory="server:govcloud_server_memory:ratio",
    network_receive="server:govcloud_server_network_receive:bytes_rate5m",
    system_cpu="system:govcloud_server_cpu:ratio_rate5m",
    system_memory="system:govcloud_server_memory:ratio",
)
NOT_COMPACTED: Final = ("--storage.tsdb.max-block-duration=2h",)


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


def main(servers: int, folder: Path) -> None:
    """Print what closing costs."""
    history(servers, folder)
    configuration = folder / "prometheus.yml"
    configuration.write_text("scrape_configs: []\n", encoding="utf-8")
    with server.running(folder, configuration, options=NOT_COMPACTED) as url, books(servers) as (conn, home):
        use = PrometheusUse(url, NAMES)
        at = desk(conn, home, use)
        began, cpu = time.monotonic(), cpu_s()
        done = close_month(at, MONTH, "")
        took, cpu = time.monotonic() - began, cpu_s() - cpu
        again = time.monotonic()
        same = close_month(at, MONTH, "").digest == done.digest
        print(
            json.dumps(
                figures(done, use)
                | {
                    "close_s": round(took, 1),
                    "own_cpu_s": round(cpu, 1),
                    "again_s": round(time.monotonic() - again, 2),
                    "same_digest": same,
                    "max_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                }
            )
        )


def figures(done: Closed, use: PrometheusUse) -> dict[str, Any]:
    """Questions and errors."""
    span = MONTH.span
    servers = [one for one in done.facts.resources if one.kind == "server"]
    errors = []
    for one in servers:
        told, truth = (
            one.statistics["cpu"].mean,
            curve_of(int(one.external_id[-12:], 16)).mean(span.start_s, span.end_s),
        )
        errors.append(1.0 if told is None else abs(told / truth - 1))
    return {
        "servers": len(servers),
        "coverage": done.facts.coverage,
        "queries": use.asked.queries,
        "most_samples_of_a_query": use.asked.most_samples,
        "facts_mb": round(len(written(done.facts)) / 1e6, 1),
        "largest_error_of_a_mean": round(max(errors), 6),
        "advice": len(done.facts.advice),
    }


@contextmanager
def books(servers: int) -> Iterator[tuple[Connection, Path]]:
    """A ledger in which every server was there for the whole month, and a folder with a repository for records."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        subprocess.run(["git", "init", "--quiet", "--bare", str(home / "registry")], check=True)
        running = embedded.start(home / "ledger", durable=False)
        try:
            with connect(running.dsn()) as conn:
                migrate(conn)
                conn.cursor().executemany(_INSERT, [_row(number) for number in range(servers)])
                yield conn, home
        finally:
            embedded.stop(home / "ledger")


_INSERT: Final = """
insert into ledger.usage (stack, unit, system, zone, provider, resource, type, external_id, amount, running, started_at)
values (%(stack)s, %(unit)s, %(system)s, 'extranet', 'provider-a', %(resource)s, 'govcloud:openstack:Server', %(id)s,
    ledger.amount_of(%(amount)s), true, %(at)s)
"""


def _row(number: int) -> dict[str, Any]:
    system = f"system-{number // PER_SYSTEM:04d}"
    return {
        "stack": f"{system}.extranet.provider-a",
        "unit": f"unit-{number // (PER_SYSTEM * 5):03d}",
        "system": system,
        "resource": f"server-app-{number % PER_SYSTEM + 1}",
        "id": server_id(number),
        "amount": Jsonb(Amount(vcpu=4, memory_gib=8).parts()),
        "at": MONTH.start - timedelta(days=120),
    }


def desk(conn: Connection, home: Path, use: PrometheusUse) -> Desk:
    """The desk of a district with one cloud and one contract."""
    key = Ed25519PrivateKey.generate()
    after: datetime = MONTH.end + timedelta(days=1)
    return Desk(
        registry=Registry("0" * 40, (contract(),)),
        usages=lambda start, end: usage.between(conn, start, end),
        closed=lambda month: months.closed(conn, month),
        keep=lambda month: months.close(conn, month),
        record=lambda closed: void(append(home / "registry", (closed,), key, after)),
        sources=Sources(lambda _provider, _zone: use, use, (), lambda _provider, _zone: "c"),
        policy=lambda month: in_force(month.start.date()),
        clock=lambda: after,
        cloud_of={("provider-a", "extranet"): "c"},
    )


def contract() -> Filed[ServiceContractSpec]:
    """Prices for what servers take."""
    items = [{"item": i, "name_zh": i, "measure": "1", "price_cents_per_month": 3000} for i in ("vcpu", "memory")]
    spec = {"provider": "provider-a", "number": "CT-1", "valid_from": "2026-01-01", "valid_until": "2026-12-31"}
    metadata = {"id": "ct-1", "filed_on": "2026-01-01", "filed_by": "office-clerk"}
    raw = {"apiVersion": "govcloud/v1", "kind": "ServiceContract", "metadata": metadata}
    document = Document[ServiceContractSpec].model_validate_json(
        json.dumps({**raw, "spec": {**spec, "catalogue": items}})
    )
    return Filed(document, "contracts/ct-1.yaml", "sha256:" + "0" * 64, "0" * 40, 0)


def void(_given: object) -> None:
    """Nothing."""


def cpu_s() -> float:
    """CPU seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 10_000, Path(sys.argv[2] if sys.argv[2:] else "build/bench-month"))
