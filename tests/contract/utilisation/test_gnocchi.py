"""Gnocchi's adapter against a server that behaves as `POST /v1/aggregates` of Gnocchi 4.7 does.

Not the real thing: it answers with measures of a known curve, refuses a granularity that it has no archive for, and
knows no metric that nobody sent. What it was asked is judged as Gnocchi would judge it.
"""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from monitoring.utilisation.gnocchi import GnocchiUse
from monitoring.utilisation.source import Machine, SourceFailed
from tools.load.curve import DAY_S, Curve, Shape

START = int(datetime(2026, 10, 1, tzinfo=UTC).timestamp())
END = START + 3 * DAY_S
GIB = 1 << 30
CURVES = {"flat": Curve(Shape.FLAT, 0.4), "peak": Curve(Shape.PEAK, 0.9)}
MACHINES = [Machine(name, 4, 8 * GIB) for name in ("flat", "peak", "unknown")]


class Archive(BaseHTTPRequestHandler):
    granularities = (300, 3600)
    server: Any

    def do_POST(self) -> None:
        address = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(address.query).items()}
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((address.path, asked, body))
        step = int(asked["granularity"])
        if step not in self.granularities:
            self.answer(400, {"cause": "Metrics can't being aggregated", "detail": "granularity is missing"})
            return
        wanted = {
            "(metric cpu rate:mean)": ("cpu", "rate:mean"),
            "(metric memory.usage mean)": ("memory.usage", "mean"),
        }.get(body["operations"])
        ids = [id_ for id_ in body["search"]["in"]["id"] if id_ in CURVES]
        if wanted is None or not ids:
            self.answer(404, {"cause": "Metrics not found", "detail": body["operations"]})
            return
        name, aggregation = wanted
        rows = {id_: {name: {aggregation: self.rows(CURVES[id_], name, asked, step)}} for id_ in ids}
        self.answer(200, {"references": [{"id": id_} for id_ in ids], "measures": rows})

    @staticmethod
    def rows(curve: Curve, name: str, asked: dict[str, str], step: int) -> list[list[Any]]:
        start, stop = (
            int(datetime.fromisoformat(asked[end]).replace(tzinfo=UTC).timestamp()) for end in ("start", "stop")
        )
        found = []
        for t_s in range(start, stop, step):
            mean = curve.mean(t_s, t_s + step)
            value = mean * 4 * step * 1e9 if name == "cpu" else mean * 8 * 1024
            found.append([datetime.fromtimestamp(t_s, UTC).isoformat(), float(step), value])
        return found

    def answer(self, status: int, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass


@pytest.fixture
def archive() -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Archive)
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def use(archive: Any) -> GnocchiUse:
    def post(path: str, body: Any) -> tuple[int, bytes]:
        answer = requests.post(f"http://127.0.0.1:{archive.server_address[1]}{path}", json=dict(body), timeout=120)
        return answer.status_code, answer.content

    return GnocchiUse(post)


@pytest.mark.parametrize("signal", ["cpu", "memory"])
def test_means_and_percentiles_are_those_of_the_curves(use: GnocchiUse, signal: Any) -> None:
    found = use.statistics(MACHINES, signal, START, END)
    assert found.keys() == {"flat", "peak"}
    for name, curve in CURVES.items():
        assert found[name].mean == pytest.approx(curve.mean(START, END), rel=1e-6)
        assert found[name].samples == (END - START) // 300
    assert found["peak"].max == pytest.approx(0.9, abs=0.001)
    assert found["flat"].p95 == pytest.approx(0.4)


def test_days_have_their_own_means(use: GnocchiUse) -> None:
    days = [START, START + DAY_S, START + 2 * DAY_S]
    found = use.daily_means(MACHINES, "cpu", days)
    assert [found["peak"][day] for day in days] == pytest.approx([CURVES["peak"].mean(d, d + DAY_S) for d in days])


def test_what_has_no_metric_is_absent_and_network_is_nobodys(use: GnocchiUse) -> None:
    assert use.statistics([Machine("unknown", 1, GIB)], "cpu", START, END) == {}
    assert use.statistics(MACHINES, "network_receive", START, END) == {}


def test_it_asks_a_hundred_servers_at_a_time(use: GnocchiUse, archive: Any) -> None:
    use.statistics([Machine(f"m{n:04d}", 1, GIB) for n in range(250)], "cpu", START, START + 3600)
    assert [len(body["search"]["in"]["id"]) for _, _, body in archive.asked] == [100, 100, 50]


def test_a_refusal_says_what_the_archive_policy_must_have(use: GnocchiUse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Archive, "granularities", (3600,))
    with pytest.raises(SourceFailed, match="archive policy must have that granularity"):
        use.statistics(MACHINES, "cpu", START, END)
