"""Use as a real Prometheus tells it, beside the truth of the loads that a libvirt exporter told it."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import requests
import yaml

from monitoring.metering.gather import Sources, gather
from monitoring.metering.period import DAY_S, Month
from monitoring.metering.policy import in_force
from monitoring.recording import SeriesNames, recording
from monitoring.utilisation.names import UseNames
from monitoring.utilisation.prometheus import MOST_SAMPLES, PrometheusUse
from monitoring.utilisation.source import Machine, SourceFailed
from tools import processes
from tools.load.curve import Curve, Shape
from tools.load.history import Series, Value, write
from tools.prometheus import server
from tools.prometheus.packages import ensure

DAYS = 2
END = int(datetime.fromisoformat("2026-11-03T00:00:00+08:00").timestamp())
START = END - DAYS * DAY_S
MARGIN_S = 3600
"""What is told before and after. Rules are worked out at an offset that depends on the name of their file: every day
has the same number of results only where there are some on both sides of it."""
GIB = 1 << 30
CURVES = {
    "idle": Curve(Shape.IDLE),
    "flat": Curve(Shape.FLAT, 0.5),
    "peak": Curve(Shape.PEAK, 0.9),
    "half": Curve(Shape.FLAT, 0.3),
}
GONE = {"half": ((START - DAY_S, START + DAY_S),)}
"""Of this one nothing was told before the second day."""
MACHINES = [Machine(name, 4, 8 * GIB) for name in (*CURVES, "never-told")]
VCPUS = 4


def series() -> Iterator[Series]:
    """What libvirt exporter and broker exporter told, each minute."""
    for name, curve in CURVES.items():
        domain, gone = f'instance="host-1:9177",domain="{name}"', GONE.get(name, ())
        of = f'cloud="c",project_id="p",server_id="{name}"'
        full = Curve(Shape.FLAT, 1.0)
        yield Series("libvirt_domain_info_cpu_time_seconds_total", domain, curve, Value.COUNTER, VCPUS, gone)
        yield Series("libvirt_domain_info_virtual_cpus", domain, full, Value.LEVEL, VCPUS, gone)
        yield Series("libvirt_domain_info_maximum_memory_bytes", domain, full, Value.LEVEL, 8 * GIB, gone)
        spare = Curve(Shape.FLAT, 0.4)
        yield Series("libvirt_domain_memory_stats_usable_bytes", domain, spare, Value.LEVEL, 8 * GIB, gone)
        for way in ("receive", "transmit"):
            counter = f"libvirt_domain_interface_stats_{way}_bytes_total"
            yield Series(counter, domain, curve, Value.COUNTER, 1000.0, gone)
        info = f'{domain},instance_id="{name}"'
        yield Series("libvirt_domain_openstack_info", info, full, Value.LEVEL, gone=gone)
        yield Series("govcloud_server_info", f'{of},server_name="{name}"', full, Value.LEVEL)
        yield Series("govcloud_server_vcpus", of, full, Value.LEVEL, VCPUS)
        yield Series("govcloud_server_memory_bytes", of, full, Value.LEVEL, 8 * GIB)
    project = 'cloud="c",project_id="p",unit_id="u",system_id="sys"'
    yield Series("govcloud_project_info", project, Curve(Shape.FLAT, 1.0), Value.LEVEL)
    up, down = Curve(Shape.FLAT, 1.0), Curve(Shape.FLAT, 0.0)
    away = (START + 3600, START + 3600 + 45 * 60)
    rest = ((START - MARGIN_S, away[0]), (away[1], END + MARGIN_S))
    yield Series("govcloud_probe_success", 'system_id="sys"', up, Value.LEVEL, gone=(away,))
    yield Series("govcloud_probe_success", 'system_id="sys",seen="down"', down, Value.LEVEL, gone=rest)


@pytest.fixture(scope="module")
def use(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusUse]:
    """A Prometheus with two days of the exporters' series, and what the recording rules make of these."""
    folder = tmp_path_factory.mktemp("prometheus")
    promtool = ensure() / "usr/bin/promtool"
    configuration = folder / "prometheus.yml"
    configuration.write_text("scrape_configs: []\n", encoding="utf-8")
    write(promtool, folder / "data", series(), START - MARGIN_S, END + MARGIN_S, 60)
    groups = yaml.safe_load(recording(SeriesNames()))["groups"]
    for number, name in enumerate(("govcloud_utilisation", "govcloud_use", "govcloud_systems")):
        # what is made of another rule's results is worked out after them
        kept = [group for group in groups if group["name"] == name]
        file = folder / f"rules-{number}.yml"
        file.write_text(yaml.safe_dump({"groups": kept}), encoding="utf-8")
        with server.running(folder, configuration) as url:
            span = [
                f"--start={START - MARGIN_S // 2}",
                f"--end={END + MARGIN_S // 2}",
                f"--eval-interval={kept[0]['interval']}",
            ]
            made = [f"--url={url}", f"--output-dir={folder / 'data'}", str(file)]
            subprocess.run(
                [promtool, "tsdb", "create-blocks-from", "rules", *span, *made], check=True, capture_output=True
            )
    with server.running(folder, configuration) as url:
        yield PrometheusUse(url, UseNames())


def test_cpu_is_that_of_the_exact_integrals(use: PrometheusUse) -> None:
    found = use.statistics(MACHINES, "cpu", START, END)
    assert found.keys() == set(CURVES)
    for name in ("idle", "flat", "peak"):
        truth = CURVES[name].mean(START, END)
        assert found[name].mean == pytest.approx(truth, rel=0.001), name
        assert found[name].samples == pytest.approx(DAYS * DAY_S // 300, abs=1)
    truths = sorted(CURVES["peak"].mean(t - 300, t) for t in range(START, END, 300))
    for share, told in ((0.5, found["peak"].p50), (0.95, found["peak"].p95), (0.99, found["peak"].p99)):
        assert told == pytest.approx(truths[round(share * (len(truths) - 1))], abs=0.01)
    assert found["peak"].max == pytest.approx(0.9, abs=0.001)


def test_what_was_told_on_one_day_of_two_has_half_the_samples_and_its_own_mean(use: PrometheusUse) -> None:
    found = use.statistics(MACHINES, "cpu", START, END)["half"]
    # the first five minutes have no rate, or one that reaches back before the first sample
    assert found.samples == pytest.approx(DAY_S // 300, abs=2)
    assert found.mean == pytest.approx(0.3, rel=0.01)


def test_memory_and_network_are_what_was_told(use: PrometheusUse) -> None:
    memory = use.statistics(MACHINES, "memory", START, END)
    assert {round(one.p95, 6) for one in memory.values()} == {0.6}
    received = use.statistics(MACHINES, "network_receive", START, END)
    assert received["flat"].mean == pytest.approx(500, rel=0.002)


def test_days_have_their_own_means(use: PrometheusUse) -> None:
    days = [START, START + DAY_S]
    found = use.daily_means(MACHINES, "cpu", days)
    for day in days:
        assert found["peak"][day] == pytest.approx(CURVES["peak"].mean(day, day + DAY_S), rel=0.001)
    assert found["half"].keys() == {START + DAY_S}


def test_a_system_is_the_mean_of_its_servers_by_what_they_have(use: PrometheusUse) -> None:
    found = use.systems([("sys", "c"), ("sys", "another")], "cpu", START + DAY_S, END)
    assert found.keys() == {("sys", "c")}
    truth = sum(curve.mean(START + DAY_S, END) for curve in CURVES.values()) / len(CURVES)
    assert found["sys", "c"].mean == pytest.approx(truth, rel=0.002)


def test_a_probe_tells_the_minutes_in_which_there_was_no_answer(use: PrometheusUse) -> None:
    found = use.probes(["sys", "none"], START, END)
    assert found.keys() == {"sys"}
    assert found["sys"].seen_minutes == DAYS * 24 * 60
    # a series that ends is seen for five minutes more where nothing else is told of it
    assert len(found["sys"].down_at) == pytest.approx(45, abs=5)
    assert all(START + 3600 <= at < START + 3600 + 50 * 60 for at in found["sys"].down_at)


def test_no_question_looks_at_more_samples_than_it_may(use: PrometheusUse) -> None:
    october = Month(2026, 10)
    idle = in_force(october.start.date()).idle_advice
    gather((), october, Sources(lambda _p, _z: use, use, (), lambda _p, _z: "c"), idle)
    assert 0 < use.asked.most_samples <= MOST_SAMPLES


def test_one_that_does_not_answer_is_said_to_not_answer() -> None:
    with pytest.raises(SourceFailed, match=r"see prometheus\.url in utilisation\.toml"):
        PrometheusUse("http://127.0.0.1:9", UseNames()).statistics(MACHINES, "cpu", START, END)


def test_a_live_scrape_of_a_host_tells_its_load(tmp_path: Path) -> None:
    """Counters, scrape and `rate` as they are in service, over a few seconds."""
    servers = tmp_path / "servers.json"
    one = {"id": "flat", "project_id": "p", "vcpus": VCPUS, "memory_bytes": 8 * GIB, "shape": "flat", "level": 0.5}
    servers.write_text(json.dumps([one]), encoding="utf-8")
    port = processes.free_port_block(1)
    log = tmp_path / "load.log"
    host = processes.start(
        [sys.executable, "-m", "tools.load", str(servers), str(port)], log_file=log, pid_file=tmp_path / "load.pid"
    )
    processes.wait_for_port(host, port, name="load", log_file=log)
    target = {"job_name": "libvirt", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
    configuration = tmp_path / "prometheus.yml"
    configuration.write_text(yaml.safe_dump({"global": {"scrape_interval": "1s"}, "scrape_configs": [target]}), "utf-8")
    query = (
        "rate(libvirt_domain_info_cpu_time_seconds_total[10s]) / on (instance, domain) libvirt_domain_info_virtual_cpus"
    )
    try:
        with server.running(tmp_path / "prometheus", configuration) as url:
            value = _until_told(url, query)
    finally:
        processes.stop(tmp_path / "load.pid")
    assert value == pytest.approx(0.5, rel=0.02)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)


def _until_told(url: str, query: str, patience_s: float = 300.0) -> float:
    over = "count_over_time(libvirt_domain_info_cpu_time_seconds_total[20s]) >= 15"
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        enough = requests.get(f"{url}/api/v1/query", params={"query": over}, timeout=60).json()["data"]["result"]
        if enough:
            found = requests.get(f"{url}/api/v1/query", params={"query": query}, timeout=60).json()["data"]["result"]
            return float(found[0]["value"][1])
        time.sleep(0.5)
    raise AssertionError("the host was not scraped")
