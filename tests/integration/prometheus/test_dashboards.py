"""Every question of every dashboard on a real Prometheus that holds hours of what the exporter really serves."""

import math
import re
import threading
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import yaml
from openstack.config import OpenStackConfig
from openstack.connection import Connection
from prometheus_client.parser import text_string_to_metric_families

from bench.fake_cloud import Content, FakeCloud
from broker.clock import SHANGHAI
from broker.drift.finding import Standing
from broker.estate.amount import holdings
from broker.estate.fold import admissions_of, fold
from broker.estate.platform import platform_of
from broker.ledger.deliveries import Tally
from broker.plan.target import targets
from monitoring import catalogue as catalogue_of
from monitoring import disturbances, inventory, notices
from monitoring.books import AppliedStack, Books, samples
from monitoring.clouds import Rhythm, of_openstack
from monitoring.collector import Collector
from monitoring.dashboards.dashboard import Dashboard, Unit, Variable
from monitoring.dashboards.expression import coverage
from monitoring.dashboards.folder import DASHBOARDS
from monitoring.exporter import Exporter
from monitoring.family import Page, Sample
from monitoring.listing import Listing
from monitoring.metering import told
from monitoring.metering.availability import ProbeSeen
from monitoring.places import Owner, Places
from monitoring.recording import SeriesNames, recording
from quotas import book
from quotas.account import AccountId, both_chains, cloud, district, system, unit
from quotas.amount import Amount
from quotas.book import Book
from quotas.claim import Claim
from stacks.provider import tally
from tests.unit.monitoring.metering.month import OCTOBER, REGISTRY, facts, use
from tools.load.curve import Curve
from tools.load.curve import Shape as Load
from tools.load.exposition import of_hosts, series_of
from tools.load.history import Series, Value, write
from tools.load.page import Server
from tools.prometheus import server
from tools.prometheus.ask import EVERYTHING, Question, answer, ask, questions, substituted
from tools.prometheus.packages import ensure
from tools.prometheus.record import record

# openstacksdk warns whoever logs in of a part of it that is not used here
pytestmark = pytest.mark.filterwarnings("ignore:Support for InfluxDB")

END = int(datetime(2026, 11, 3, tzinfo=SHANGHAI).timestamp())
HOURS = 8
START = END - HOURS * 3600
SERVERS = 60
PLENTY = Amount(
    vcpu=900,
    memory_gib=4000,
    block_gib=90000,
    block_high_performance_gib=90000,
    object_gib=90000,
    bandwidth_mbps=2000,
    public_addresses=64,
)
LOADS = (Curve(Load.IDLE), Curve(Load.FLAT, 0.4), Curve(Load.PEAK, 0.9), Curve(Load.FLAT, 0.7), Curve(Load.MISSING))


def owners() -> list[Owner]:
    """Every deployment of the district, in order."""
    platform = platform_of(REGISTRY)
    estate = fold(REGISTRY.filed, admissions_of(REGISTRY.records), OCTOBER.end)
    return [
        Owner(one.unit, one.id, platform.clouds[one.provider, deployment.zone][0])
        for one in estate.systems
        for deployment in one.deployments
    ]


def books() -> Books:
    """Registry and ledger of the district: everything is claimed, its stacks are applied, jobs were done and wait."""
    platform = platform_of(REGISTRY)
    estate = fold(REGISTRY.filed, admissions_of(REGISTRY.records), OCTOBER.end)
    kept = Book()
    for zone in ("extranet", "internet"):
        kept = limited(kept, district("shifan", zone), None)
        for name in platform.units:
            kept = limited(kept, unit(name, zone), district("shifan", zone))
        for provider in ("provider-a", "provider-b"):
            kept = limited(kept, cloud(provider, zone), None)
    for (name, zone), amount in holdings(estate, platform.flavors).items():
        of = estate.system(name)
        assert of is not None
        kept = limited(kept, system(name, zone), unit(of.unit, zone))
        id_ = f"{name}/{zone}"
        kept = book.commit(made(book.claim(kept, Claim(id_, name, both_chains(name, zone, of.provider, amount)))), id_)
    known = {one.stack: AppliedStack(one.digest, clean=True, applied_at_s=START) for one in targets(estate, platform)}
    jobs = {("stacks", "todo"): 1, ("stacks", "succeeded"): 40}
    asked = datetime.fromtimestamp(START, SHANGHAI)
    drifts = {stack: Standing(stack, asked, None, ()) for stack in known}
    calls = {("a-extranet", "network"): tally.Tally(900, 3, 12, 4.5)}
    return Books(REGISTRY, OCTOBER.end, kept.accounts.values(), kept.claims.values(), known, jobs, drifts, calls)


def limited(kept: Book, account: AccountId, parent: AccountId | None) -> Book:
    return made(book.limit(kept, account, parent, PLENTY))


def made(result: Book | object) -> Book:
    assert isinstance(result, Book), result
    return result


def month() -> Iterator[Sample]:
    """October, closed: a probe looked at every system."""
    seen = {one.system: ProbeSeen(OCTOBER.span.seconds, ()) for one in owners()}
    return told.samples(facts(use=use(probes=seen)))


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeCloud]:
    """A cloud with a project for every deployment of the district."""
    content = Content(SERVERS, len(owners()))
    running = FakeCloud(content, 0.0)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield running
    running.shutdown()
    running.server_close()
    thread.join()


@pytest.fixture(scope="module")
def pages(fake: FakeCloud, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Both pages of the exporter, after one reading of everything."""
    url = f"http://127.0.0.1:{fake.server_address[1]}/identity/v3"
    profiles = tmp_path_factory.mktemp("login") / "clouds.yaml"
    auth = {"auth_url": url, "username": "a", "password": "b", "project_name": "admin"}
    auth |= {"user_domain_id": "default", "project_domain_id": "default"}
    cloud_of = {"region_name": "R1", "auth_type": "v3password", "auth": auth}
    profiles.write_text(yaml.safe_dump({"clouds": {"sandbox": cloud_of}}), encoding="utf-8")
    region = OpenStackConfig(config_files=[str(profiles)], load_envvars=False).get_one("sandbox")
    known = {f"system-{number:04d}/extranet": owner for number, owner in enumerate(owners())}
    listing = Listing(lambda: Connection(config=region))
    places = Places(listing, lambda: known)
    projects = list(zip(fake.content.projects, owners(), strict=True))

    def buckets() -> Iterator[Sample]:
        for project, owner in projects:
            yield from inventory.containers([{"name": "b", "bytes": 10**9, "count": 7}], owner.cloud, project)

    def letters() -> Iterator[Sample]:
        waits = Tally(queued=2, delivered=7, failed=0, oldest=datetime.fromtimestamp(START, SHANGHAI))
        return notices.samples(notices.Outbox((), {"mail": waits}))

    own = [("books", lambda: samples(books())), ("months", month), ("buckets", buckets), ("notices", letters)]
    own.append(("disturbances", lambda: disturbances.samples(REGISTRY, OCTOBER.end)))
    collectors = (
        *(Collector("", name, gather, 300, 900) for name, gather in own),
        *of_openstack("sandbox", listing, places, Rhythm(), frozenset()),
    )
    counted = (
        Sample(catalogue_of.BUILD_INFO, ("1.0",), 1),
        Sample(catalogue_of.API_REQUESTS, ("sandbox", "list"), 12),
        Sample(catalogue_of.API_REQUEST_SECONDS, ("sandbox",), 3.5),
        Sample(catalogue_of.TOKENS_ISSUED, ("sandbox",), 1),
    )
    failures: list[str] = []
    exporter = Exporter(collectors, lambda: iter(counted), lambda: float(START), failures.append)
    exporter.refresh()
    assert failures == []
    return "".join(exporter.board.page(page).plain.decode() for page in Page)


def hosts(pages: str) -> list[Server]:
    """The servers of the page, each with a load; of every fifth nothing is told."""
    families = {family.name: family.samples for family in text_string_to_metric_families(pages)}
    memory = {s.labels["server_id"]: s.value for s in families["govcloud_server_memory_bytes"]}
    return [
        Server(of["server_id"], of["project_id"], int(vcpus), int(memory[of["server_id"]]), LOADS[n % len(LOADS)])
        for n, (_, of, vcpus, *_) in enumerate(families["govcloud_server_vcpus"])
    ]


@pytest.fixture(scope="module")
def url(pages: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prometheus with some hours of these pages and of a libvirt exporter's, and what the rules record of both."""
    folder = tmp_path_factory.mktemp("dashboards")
    promtool = ensure() / "usr/bin/promtool"
    configuration = folder / "prometheus.yml"
    configuration.write_text("scrape_configs: []\n", encoding="utf-8")
    # what Prometheus itself writes while an alert fires: rules of the past are recorded, alerts of the past are not
    alert = Series("ALERTS", 'alertname="QuotaNear",alertstate="firing"', Curve(Load.FLAT, 1.0), Value.LEVEL)
    write(promtool, folder / "data", [*series_of(pages), alert], START, END, 300)
    write(promtool, folder / "data", of_hosts(hosts(pages)), START, END, 120)
    groups = yaml.safe_load(recording(SeriesNames()))["groups"]
    record(folder, configuration, groups, START, END)
    with server.running(folder, configuration) as address:
        yield address


VALUES = {**EVERYTHING, "unit": owners()[0].unit, "system": owners()[0].system}
AT = END - 300
ASKED = questions(DASHBOARDS)


@pytest.mark.parametrize("question", ASKED, ids=[f"{one.dashboard.uid}-{n}" for n, one in enumerate(ASKED)])
def test_every_question_has_an_answer(url: str, question: Question) -> None:
    panel, query = question.panel, question.query
    found = answer(url, question, VALUES, AT)
    assert found, str(question)
    wanted = {*re.findall(r"{{(\w+)}}", query.title), *(label for label, _ in panel.labels)}
    # an empty value of a label is no label to Prometheus: the broker's own books have no endpoint
    assert wanted <= {label for one in found for label in one["metric"]}, query.expr
    values = [float(value) for one in found for _, value in one.get("values", [one.get("value")])]
    assert all(math.isfinite(value) for value in values), query.expr
    if (query.unit or panel.unit) is Unit.RATIO:
        assert all(0 <= value <= 1 for value in values), query.expr


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: dashboard.uid)
def test_every_variable_has_values(url: str, dashboard: Dashboard) -> None:
    for variable in dashboard.variables:
        assert variable.choices or values_of(url, variable), variable.name


def now(url: str, expr: str) -> list[dict[str, Any]]:
    return ask(url, "query", {"query": expr, "time": AT})


def values_of(url: str, variable: Variable) -> set[str]:
    """What Grafana would offer: its two functions, as it works them out."""
    if labels := re.fullmatch(r"label_values\((\w+), (\w+)\)", variable.values):
        return {one["metric"][labels[2]] for one in now(url, labels[1])}
    asked = re.fullmatch(r"query_result\((.*)\)", variable.values)
    assert asked, variable.values
    told = now(url, substituted(asked[1], VALUES))
    written = ["{" + ",".join(f'{k}="{v}"' for k, v in sorted(one["metric"].items())) + "}" for one in told]
    # Python writes the names of groups otherwise
    found = [re.search(variable.regex.strip("/").replace("(?<", "(?P<"), line) for line in written]
    assert all(match and match["text"] and match["value"] for match in found), written
    return {match["value"] for match in found if match}


def test_used_is_what_the_loads_come_to(url: str, pages: str) -> None:
    """At every level used / observed is the mean of the loads by what the servers have."""
    known = [one for one in hosts(pages) if one.curve.shape is not Load.MISSING]
    truth = sum(one.vcpus * one.curve.mean(AT - 300, AT) for one in known)
    (found,) = now(url, 'sum(system:govcloud_used:sum{resource="vcpus"})')
    assert float(found["value"][1]) == pytest.approx(truth, rel=0.02)
    (found,) = now(url, substituted(coverage("vcpus"), VALUES))
    assert float(found["value"][1]) == pytest.approx(0.8)
