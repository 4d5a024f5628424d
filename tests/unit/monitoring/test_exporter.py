import gzip
import http.client
import itertools
import socket
import struct
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from prometheus_client.parser import text_string_to_metric_families

from monitoring import catalogue
from monitoring.collector import Collector
from monitoring.exporter import Exporter
from monitoring.family import Page, Sample
from monitoring.serve import CONTENT_TYPE, server

MORE_THAN_SOCKETS_HOLD = 150_000
"""Servers whose page is larger than all buffers between two programs."""


@dataclass
class Clock:
    now_s: float = 1000.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class Source:
    """A cloud that answers, or does not."""

    servers: int = 2
    broken: bool = False
    asked: int = 0
    seen: list[float] = field(default_factory=list)

    def gather(self) -> Iterator[Sample]:
        self.asked += 1
        for number in range(self.servers):
            if self.broken and number == 1:
                raise ConnectionError("no route")
            yield Sample(catalogue.SERVER_VCPUS, ("c", "p", str(number)), 4)


def collector(source: Source, every_s: float = 60, max_age_s: float = 180, name: str = "servers") -> Collector:
    return Collector("cloud-a", name, source.gather, every_s, max_age_s)


def values(exporter: Exporter, page: Page = Page.INVENTORY) -> dict[str, float]:
    families = text_string_to_metric_families(exporter.board.page(page).plain.decode())
    return {f"{s.name}/{'/'.join(s.labels.values())}": s.value for family in families for s in family.samples}


def made(*collectors: Collector, clock: Callable[[], float]) -> Exporter:
    return Exporter(collectors, lambda: iter([Sample(catalogue.BUILD_INFO, ("1",), 1)]), clock, lambda _line: None)


def test_what_a_refresh_read_is_served_until_the_next() -> None:
    source, clock = Source(), Clock()
    exporter = made(collector(source), clock=clock)
    exporter.refresh()
    source.servers = 5
    assert len(values(exporter)) == 2
    exporter.refresh()
    assert len(values(exporter)) == 5


def test_a_collector_that_fails_keeps_its_last_good_data_whole() -> None:
    source, clock = Source(), Clock()
    exporter = made(collector(source), clock=clock)
    exporter.refresh()
    source.broken, source.servers = True, 9
    exporter.refresh()
    told = values(exporter, Page.USAGE)
    assert len(values(exporter)) == 2
    assert told["govcloud_collector_up/cloud-a/servers"] == 0
    assert told["govcloud_collector_serving/cloud-a/servers"] == 1
    assert told["govcloud_collector_errors_total/cloud-a/servers"] == 1


def test_data_older_than_their_age_are_dropped_and_said_to_be() -> None:
    source, clock = Source(), Clock()
    exporter = made(collector(source, max_age_s=180), clock=clock)
    exporter.refresh()
    source.broken = True
    clock.now_s += 181
    exporter.refresh()
    assert values(exporter) == {}
    assert values(exporter, Page.USAGE)["govcloud_collector_serving/cloud-a/servers"] == 0


def test_one_collector_that_fails_takes_nothing_from_the_others() -> None:
    good, bad, clock = Source(), Source(broken=True), Clock()
    exporter = made(collector(good), collector(bad, name="volumes"), clock=clock)
    exporter.refresh()
    assert len(values(exporter)) == 2


def test_each_collector_is_read_by_its_own_rhythm() -> None:
    quick, slow, clock = Source(), Source(), Clock()
    exporter = made(collector(quick, every_s=60), collector(slow, every_s=3600, name="swift"), clock=clock)
    for _ in range(10):
        exporter.refresh(due_only=True)
        clock.now_s += 60
    assert (quick.asked, slow.asked) == (10, 1)


def test_what_is_spread_is_read_at_once_and_then_each_part_at_a_time_of_its_own() -> None:
    clock, parts = Clock(), [Source(), Source(), Source()]
    of_parts = (
        Collector("cloud-a", f"part-{n}", part.gather, 3600, 10_800, ahead_s=1200 * n) for n, part in enumerate(parts)
    )
    exporter = made(*of_parts, clock=clock)
    exporter.refresh(due_only=True)
    read_at: list[list[float]] = [[], [], []]
    for _ in range(12 * 3):
        before = [part.asked for part in parts]
        clock.now_s += 600
        exporter.refresh(due_only=True)
        for n, part in enumerate(parts):
            read_at[n] += [clock.now_s - 1000] * (part.asked - before[n])
    assert [found[0] for found in read_at] == [3600, 2400, 1200]
    for found in read_at:
        assert {later - sooner for sooner, later in itertools.pairwise(found)} == {3600}


def test_a_state_change_adds_no_series() -> None:
    clock = Clock()
    states = iter(["active", "stopped"])

    def gather() -> Iterator[Sample]:
        state = next(states)
        for one in ("active", "stopped"):
            yield Sample(catalogue.SERVER_STATE, ("c", "p", "s", one), int(one == state))

    exporter = made(Collector("cloud-a", "servers", gather, 60, 180), clock=clock)
    exporter.refresh()
    before = values(exporter)
    exporter.refresh()
    after = values(exporter)
    assert before.keys() == after.keys()
    assert before != after


@dataclass
class Client:
    port: int

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, dict(answer.getheaders()), body


@pytest.fixture
def serving() -> Iterator[tuple[Exporter, Client]]:
    exporter = made(collector(Source()), clock=Clock())
    running = server(exporter.board, "127.0.0.1", 0)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield exporter, Client(running.server_address[1])
    running.shutdown()
    running.server_close()
    thread.join()


def test_before_the_first_reading_a_scrape_says_so_instead_of_an_empty_page(serving: tuple[Exporter, Client]) -> None:
    exporter, client = serving
    exporter.board.render(1000.0)
    status, _, body = client.get("/metrics/inventory")
    assert (status, body.startswith(b"nothing has been read yet")) == (503, True)
    status, _, body = client.get("/metrics/usage")
    assert (status, b'govcloud_collector_up{endpoint="cloud-a",collector="servers"} 0' in body) == (200, True)


def test_a_scrape_that_comes_before_the_first_page_is_written_is_told_so(serving: tuple[Exporter, Client]) -> None:
    _, client = serving
    assert [client.get(path)[0] for path in ("/metrics", "/metrics/usage", "/metrics/inventory")] == [503] * 3


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("deflate, gzip;q=0.5", True),
        ("*", True),
        ("gzip; q=0, *", False),
        ("gzip;q=0.0", False),
        ("identity", False),
        ("", False),
    ],
)
def test_a_page_is_packed_for_whoever_takes_that(
    serving: tuple[Exporter, Client], accepted: str, *, packed: bool
) -> None:
    exporter, client = serving
    exporter.refresh()
    status, headers, body = client.get("/metrics", Accept_Encoding=accepted)
    assert (status, "Content-Encoding" in headers, body[:2] == b"\x1f\x8b") == (200, packed, packed)


def test_a_scrape_that_is_given_up_leaves_no_word(capfd: pytest.CaptureFixture[str]) -> None:
    exporter = made(collector(Source(servers=MORE_THAN_SOCKETS_HOLD)), clock=Clock())
    exporter.refresh()
    running = server(exporter.board, "127.0.0.1", 0)
    running.daemon_threads = False  # so that closing waits for them
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    with socket.create_connection(("127.0.0.1", running.server_address[1]), timeout=120) as hasty:
        hasty.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        assert hasty.recv(15) == b"HTTP/1.1 200 OK"
        hasty.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # hang up at once
    running.shutdown()
    running.server_close()
    thread.join()
    assert capfd.readouterr() == ("", "")


def test_head_tells_the_size_and_gives_no_page(serving: tuple[Exporter, Client]) -> None:
    exporter, client = serving
    exporter.refresh()
    asked = http.client.HTTPConnection("127.0.0.1", client.port, timeout=120)
    asked.request("HEAD", "/metrics")
    answer = asked.getresponse()
    assert (answer.status, answer.getheader("Content-Length")) == (200, str(len(client.get("/metrics")[2])))
    assert answer.read() == b""
    asked.close()


def test_pages_are_served_plain_and_packed_with_the_exact_type(serving: tuple[Exporter, Client]) -> None:
    exporter, client = serving
    exporter.refresh()
    _, headers, plain = client.get("/metrics")
    _, packed_headers, packed = client.get("/metrics", Accept_Encoding="gzip, deflate")
    assert headers["Content-Type"] == CONTENT_TYPE == packed_headers["Content-Type"]
    assert packed_headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed) == plain
    assert plain == exporter.board.page(Page.INVENTORY).plain + exporter.board.page(Page.USAGE).plain


def test_there_is_no_other_page_and_those_that_there_are_are_named(serving: tuple[Exporter, Client]) -> None:
    _, client = serving
    status, _, told = client.get("/")
    assert (status, told) == (
        404,
        b"there are /metrics, /metrics/inventory, /metrics/usage, /metrics/openstack\n",
    )


def test_run_refreshes_until_it_is_stopped() -> None:
    source = Source()
    exporter = made(collector(source), clock=Clock())
    thread = threading.Thread(target=exporter.run)
    thread.start()
    exporter.stop()
    thread.join(10)
    assert not thread.is_alive()


def test_a_failure_is_told_once_and_so_is_its_end() -> None:
    source, told = Source(broken=True), list[str]()
    exporter = Exporter((collector(source),), lambda: iter(()), Clock(), told.append)
    exporter.refresh()
    exporter.refresh()
    source.broken = False
    exporter.refresh()
    assert told == ["cloud-a servers: ConnectionError: no route", "cloud-a servers: read again"]


def test_a_cloud_that_names_each_of_its_answers_anew_is_told_of_once_all_the_same() -> None:
    told, asked = list[str](), itertools.count()

    def refused() -> Iterator[Sample]:
        raise ConnectionError(f"HTTP 500 (Request-ID: req-{uuid.UUID(int=next(asked))})")

    exporter = Exporter((Collector("cloud-a", "servers", refused, 60, 180),), lambda: iter(()), Clock(), told.append)
    for _ in range(3):
        exporter.refresh()
    assert told == [f"cloud-a servers: ConnectionError: HTTP 500 (Request-ID: req-{uuid.UUID(int=0)})"]
