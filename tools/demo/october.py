"""October 2026 of the demo district in a Prometheus: what the exporter said of the sandbox, and how servers were used.

The exporter is read as the walk goes through the month; each page holds until the next. The load is synthetic and is
joined to the servers by the ids that the sandbox gave them.
"""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Final

import yaml

from monitoring import catalogue
from monitoring.alerts import alerts
from monitoring.dashboards.folder import DASHBOARDS, Place, files
from monitoring.dashboards.pages import series as asked
from monitoring.recording import SeriesNames, recording
from tools.demo.deployment import HOME, ROOT
from tools.demo.load import Used, used
from tools.demo.steps import StepFailed, Walk
from tools.load.curve import Curve, Shape
from tools.load.exposition import series_of
from tools.load.history import WEEK_BLOCK_S, Series, Value, write
from tools.prometheus import server
from tools.prometheus.ask import EVERYTHING, answer, questions
from tools.prometheus.packages import ensure
from tools.prometheus.record import Group, record

MONTH: Final = "2026-10"
CLOSED: Final = "2026-11-02T10:00"
UNTIL: Final = "2026-11-02T12:00"
"""The end of the past: what was closed is told for two hours."""
LOOKS: Final = ("2026-09-16T20:30", "2026-10-15T09:00")
"""Steps of the walk after which the exporter is read."""
FOLDER: Final = HOME / "prometheus"
DASHBOARD_FOLDER: Final = ROOT / "build" / "dashboards"
REPORTS: Final = ROOT / "build" / "reports"
KINDS: Final = ("ops", "provider", "intent-summary", "supervision-data", "usage-circular")
FACTS: Final = ROOT / "build" / f"facts-{MONTH}.json"
SHANGHAI: Final = timezone(timedelta(hours=8))
INVENTORY_STEP_S: Final = 3600
_LOOK_BACK: Final = "--query.lookback-delta=65m"
"""The inventory of the past is told once an hour, so that it is written in seconds; it holds until it is told again."""
STEP_S, STEP_MIN = 300, 5
DOWN: Final = ("urban-v2", "2026-10-20T14:05", "2026-10-20T14:45")
"""A system, and when its probe got no answer."""
CHOSEN: Final = {"unit": "gov-service", "system": "online-hall"}
"""The unit and the system that dashboards are asked about."""
_SETTINGS: Final = """[prometheus]
url = "{}"

# figures are five minutes apart here, so that there is no need to record them once more
[prometheus.series]
cpu = "server:govcloud_server_cpu:ratio_rate5m"
memory = "server:govcloud_server_memory:ratio"
network_receive = "server:govcloud_server_network_receive:bytes_rate5m"
network_transmit = "server:govcloud_server_network_transmit:bytes_rate5m"
"""
_UNTOLD: Final = ("govcloud_hypervisor_", "govcloud_pool_")
_ANEW: Final = "`.venv/bin/python -m tools.demo reset && make cloud-reset && make demo`"
_FULL: Final = Curve(Shape.FLAT, 1.0)
_OF_THE_CLOSE: Final = {family.name for family in catalogue.ALL if family.source == catalogue.CLOSED_MONTH}


def look(walk: Walk, instant: str) -> None:
    """Nothing; what the exporter says at a step of the walk is kept, after the clouds were asked for drift.

    Raises:
        StepFailed: Something differs from what was approved, or the exporter could not read something.
    """
    walk.broker("drift", "--as-of", instant)
    page = walk.told("exporter", "--once", "--as-of", instant)
    failed = [line for line in page.splitlines() if line.startswith("govcloud_collector_up{") and line.endswith(" 0")]
    if failed:
        raise StepFailed(f"the exporter could not read everything: {', '.join(failed)}")
    kept = _page(instant)
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(page, encoding="utf-8")


def close(walk: Walk) -> None:
    """Nothing; October is in the Prometheus, and closed on it."""
    _fill()
    watch()
    FACTS.parent.mkdir(exist_ok=True)
    walk.broker("close-month", MONTH, "--as-of", CLOSED, "--facts", str(FACTS))
    look(walk, CLOSED)
    stop()
    told = [one for one in series_of(_page(CLOSED).read_text(encoding="utf-8")) if one.name in _OF_THE_CLOSE]
    write(ensure() / "usr/bin/promtool", FOLDER / "data", told, _seconds(CLOSED), _seconds(UNTIL), STEP_S)


def report(walk: Walk) -> None:
    """Nothing; the reports of the month are issued and lie in a folder, each cut to its recipient."""
    for kind in KINDS:
        walk.broker("report", kind, "--month", MONTH, "--out", str(REPORTS), "--as-of", CLOSED)


def watch() -> str:
    """The address of the Prometheus that holds October; the deployment asks it from now on."""
    url = server.start(FOLDER, _configuration(), options=(_LOOK_BACK,))
    (HOME / "utilisation.toml").write_text(_SETTINGS.format(url), encoding="utf-8")
    return url


def show(url: str) -> str:
    """What came of it: the dashboards are written for this Prometheus, and each of their questions is put to it.

    Raises:
        StepFailed: One has no answer that the sandbox could have given.
    """
    start, end = (f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S.000Z}" for at in _past())
    for name, text in files(Place(str(DASHBOARD_FOLDER), url, start, end)).items():
        path = DASHBOARD_FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    asked_of = questions(DASHBOARDS)
    silent = [one for one in asked_of if not answer(url, one, {**EVERYTHING, **CHOSEN}, _past()[1] - 60)]
    untold = [one for one in silent if any(series in one.query.expr for series in _UNTOLD)]
    if lost := [str(one) for one in silent if one not in untold]:
        told = f"questions of dashboards without an answer: {'; '.join(lost)}"
        raise StepFailed(f"{told}; a demo that an earlier version walked is begun anew: {_ANEW}")
    answered = f"{len(asked_of) - len(silent)} of {len(asked_of)} questions of {len(DASHBOARDS)} dashboards answered"
    return f"{answered}; {len(untold)} ask for sizes of hosts and pools, which the sandbox's clouds do not tell"


def grafana() -> str:
    """The command that shows the dashboards where Grafana is installed; else the folder that it takes."""
    program = shutil.which("grafana")
    if program is None:
        return f"{DASHBOARD_FOLDER.relative_to(ROOT)}, see docs/dashboards.md"
    return f"GF_PATHS_PROVISIONING={DASHBOARD_FOLDER / 'provisioning'} {program} server --homepath /usr/share/grafana"


def stop() -> bool:
    """Whether its Prometheus ran; its data stay."""
    return server.stop(FOLDER)


def _page(instant: str) -> Path:
    return HOME / "metrics" / f"{instant.replace(':', '')}.txt"


def _fill() -> None:
    stop()
    missing = [instant for instant in LOOKS if not _page(instant).exists()]
    if missing:
        raise StepFailed(
            f"this demo was walked without reading the exporter at {', '.join(missing)}; begin anew: {_ANEW}"
        )
    promtool, data = ensure() / "usr/bin/promtool", FOLDER / "data"
    start, end = _past()
    shutil.rmtree(data, ignore_errors=True)
    write(promtool, data, _inventory(), start, end, INVENTORY_STEP_S, block_s=WEEK_BLOCK_S)
    write(promtool, data, _use(), start, end, STEP_S, block_s=WEEK_BLOCK_S)
    record(FOLDER, _configuration(), groups(), start, end, (_LOOK_BACK,), WEEK_BLOCK_S)


def groups() -> list[Group]:
    """The rules that make something of what is written: ratios every five minutes, sums as often as the inventory."""
    groups = {group["name"]: group for group in yaml.safe_load(recording(SeriesNames(), STEP_MIN))["groups"]}
    systems, hourly, sums = (groups[f"govcloud_{name}"] for name in ("systems", "hourly", "sums"))
    ratios = [rule for rule in systems["rules"] if not rule["record"].endswith(":sum")]
    shares = [rule for rule in systems["rules"] if rule["record"].endswith(":sum")]
    return [{**systems, "rules": ratios}, {**hourly, "rules": [*hourly["rules"], *shares, *sums["rules"]]}]


def _configuration() -> Path:
    """Of a Prometheus that scrapes nothing: the demo's clock is not the machine's."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / "prometheus.yml"
    file.write_text("scrape_configs: []\n", encoding="utf-8")
    return file


def _past() -> tuple[int, int]:
    return _seconds(f"{MONTH}-01T00:00"), _seconds(UNTIL)


def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).timestamp())


def _spans() -> Iterator[tuple[str, tuple[tuple[int, int], ...]]]:
    """Each page, and when in the month it does not hold."""
    start, end = _past()
    change = _seconds(LOOKS[1])
    yield _page(LOOKS[0]).read_text(encoding="utf-8"), ((change, end),)
    yield _page(LOOKS[1]).read_text(encoding="utf-8"), ((start, change),)


def _inventory() -> Iterator[Series]:
    """What the exporter said, as far as dashboards and rules ask for it."""
    wanted = {name for dashboard in DASHBOARDS for panel in dashboard.panels for name in asked(panel)}
    rules = recording(SeriesNames()) + alerts()
    for page, gone in _spans():
        yield from (one for one in series_of(page, gone) if one.name in wanted or one.name in rules)


def _servers() -> Iterator[tuple[Used, tuple[tuple[int, int], ...]]]:
    for page, gone in _spans():
        yield from ((one, gone) for one in used(page))


def _use() -> Iterator[Series]:
    """What is recorded of servers every five minutes, and what a probe of the district's own saw of every system."""
    systems = set()
    for one, gone in _servers():
        systems.add(one.name.partition("-extranet-")[0].partition("-internet-")[0])
        for name, curve, scale in (
            ("cpu:ratio_rate5m", one.cpu, 1),
            ("memory:ratio", one.memory, 1),
            ("network_receive:bytes_rate5m", one.cpu, one.traffic_bytes_per_s),
            ("network_transmit:bytes_rate5m", one.cpu, one.traffic_bytes_per_s),
        ):
            yield Series(f"server:govcloud_server_{name}", one.labels, curve, Value.RATE, scale, gone)
    name, *hours = DOWN
    away = tuple(map(_seconds, hours))
    for system in sorted(systems):
        gone = ((away[0], away[1]),) if system == name else ()
        yield Series("govcloud_probe_success", f'system_id="{system}"', _FULL, Value.STATE, gone=gone)
