"""Every question of every dashboard over a whole month of hourly pages, known loads and what rules record of them."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families

from broker.clock import SHANGHAI
from monitoring.alerts import alerts
from monitoring.dashboards.folder import DASHBOARDS
from monitoring.dashboards.pages import series as asked
from monitoring.recording import SeriesNames, recording
from tests.integration.prometheus.test_dashboards import VALUES, fake, hosts, pages
from tools.demo.october import groups
from tools.load.curve import Curve
from tools.load.curve import Shape as Load
from tools.load.exposition import series_of
from tools.load.history import WEEK_BLOCK_S, Series, Value, write
from tools.prometheus import server
from tools.prometheus.ask import answer, ask, questions
from tools.prometheus.packages import ensure
from tools.prometheus.record import record

__all__ = ["fake", "pages"]
pytestmark = pytest.mark.filterwarnings("ignore:Support for InfluxDB")
START = int(datetime(2026, 10, 1, tzinfo=SHANGHAI).timestamp())
END = int(datetime(2026, 11, 1, tzinfo=SHANGHAI).timestamp())
HOUR_S, LOAD_STEP_S = 3600, 1800
HOLDS = ("--query.lookback-delta=65m",)
"""What is told once an hour holds until it is told again."""


def inventory(page: str) -> Iterator[Series]:
    """What the exporter says, as far as dashboards and rules ask for it, and an alert as Prometheus itself has it."""
    wanted = {name for dashboard in DASHBOARDS for panel in dashboard.panels for name in asked(panel)}
    rules = recording(SeriesNames()) + alerts()
    yield from (one for one in series_of(page) if one.name in wanted or one.name in rules)
    yield Series("ALERTS", 'alertname="QuotaNear",alertstate="firing"', Curve(Load.FLAT, 1.0), Value.LEVEL)


def loads(page: str) -> Iterator[Series]:
    """What is recorded of every server whose load is known."""
    families = {family.name: family.samples for family in text_string_to_metric_families(page)}
    labels = {
        sample.labels["server_id"]: ",".join(
            f'{name}="{sample.labels[name]}"' for name in ("cloud", "project_id", "server_id")
        )
        for sample in families["govcloud_server_info"]
    }
    for one in hosts(page):
        if one.curve.shape is not Load.MISSING:
            for name, scale in (
                ("cpu:ratio_rate5m", 1),
                ("memory:ratio", 1),
                ("network_receive:bytes_rate5m", 10**6),
                ("network_transmit:bytes_rate5m", 10**6),
            ):
                yield Series(f"server:govcloud_server_{name}", labels[one.id], one.curve, Value.RATE, scale)


@pytest.fixture(scope="module")
def month(pages: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prometheus with the month."""
    folder = tmp_path_factory.mktemp("month")
    promtool, data = ensure() / "usr/bin/promtool", folder / "data"
    configuration = folder / "prometheus.yml"
    configuration.write_text("scrape_configs: []\n", encoding="utf-8")
    write(promtool, data, inventory(pages), START, END, HOUR_S, block_s=WEEK_BLOCK_S)
    write(promtool, data, loads(pages), START, END, LOAD_STEP_S, block_s=WEEK_BLOCK_S)
    record(folder, configuration, groups(), START, END, HOLDS, WEEK_BLOCK_S)
    with server.running(folder, configuration, options=HOLDS) as address:
        yield address


def test_every_question_of_every_dashboard_is_answered_over_the_month(month: str, pages: str) -> None:
    silent = [str(one) for one in questions(DASHBOARDS) if not answer(month, one, VALUES, END - 60)]
    assert silent == []
    # and what it says of the month is what the loads come to
    known = [one for one in hosts(pages) if one.curve.shape is not Load.MISSING]
    truth = sum(one.vcpus * one.curve.mean(START, END) for one in known)
    used = 'avg_over_time(sum(system:govcloud_used:sum{resource="vcpus"})[30d:1h])'
    (found,) = ask(month, "query", {"query": used, "time": END - 60})
    assert float(found["value"][1]) == pytest.approx(truth, rel=0.02)
