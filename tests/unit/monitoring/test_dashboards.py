import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitoring.catalogue import ALL
from monitoring.dashboards.dashboard import WIDTH, Dashboard, Panel, Shape, Unit
from monitoring.dashboards.folder import DASHBOARDS, Place, files
from monitoring.dashboards.pages import page, series
from monitoring.dashboards.words import WORDS
from monitoring.recording import SeriesNames, recording

DOCS = Path(__file__).parents[3] / "docs"
PLACE = Place("/srv/govcloud", "http://127.0.0.1:9090")
PANELS = [
    pytest.param(dashboard, panel, id=f"{dashboard.uid}/{panel.title}")
    for dashboard in DASHBOARDS
    for panel in dashboard.panels
]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
NAMED_SO = {"CPU", "vCPU"}
"""What is called so in Chinese texts too."""


def made() -> dict[str, Any]:
    return {name: json.loads(text) for name, text in files(PLACE).items() if name.endswith(".json")}


def test_the_page_of_dashboards_is_what_they_are() -> None:
    assert (DOCS / "dashboards.md").read_text(encoding="utf-8") == page(DASHBOARDS)


def test_the_same_place_gives_the_same_bytes() -> None:
    assert files(PLACE) == files(PLACE)
    other = files(Place("/srv/govcloud", "http://127.0.0.1:9090", "2026-09-30T16:00:00.000Z"))
    assert {name for name, text in files(PLACE).items() if other[name] != text} == set(made())


def test_each_dashboard_has_an_address_of_its_own_and_its_panels_too() -> None:
    assert len({dashboard.uid for dashboard in DASHBOARDS}) == len(DASHBOARDS)
    for dashboard in made().values():
        ids = [panel["id"] for panel in dashboard["panels"]]
        assert len(set(ids)) == len(ids)
    for one in DASHBOARDS:
        for row in one.rows:
            titles = [panel.title for panel in row.panels]
            assert len(set(titles)) == len(titles), (one.uid, row.title)


@pytest.mark.parametrize(("dashboard", "panel"), PANELS)
def test_a_panel_asks_only_for_what_is_served_or_recorded(dashboard: Dashboard, panel: Panel) -> None:
    groups = yaml.safe_load(recording(SeriesNames()))["groups"]
    recorded = {rule["record"] for group in groups for rule in group["rules"]}
    known = recorded | {family.name for family in ALL} | {"ALERTS"}
    assert series(panel), dashboard.uid
    assert set(series(panel)) <= known


@pytest.mark.parametrize(("dashboard", "panel"), PANELS)
def test_beside_a_utilisation_stands_its_coverage(dashboard: Dashboard, panel: Panel) -> None:
    for signal, resource in (("cpu", "vcpus"), ("memory", "memory_bytes")):
        asked = [query.expr for query in panel.queries]
        used = f'system:govcloud_observed:sum{{resource="{resource}"'
        shares = [expr for expr in asked if used in expr and ":govcloud_used:" in expr]
        shares += [expr for expr in asked if f"server:govcloud_server_{signal}:ratio" in expr]
        covered = [expr for expr in asked if used in expr and ":govcloud_running:" in expr]
        covered += [expr for expr in asked if f"server:govcloud_server_{signal}:coverage" in expr]
        assert not shares or covered, (dashboard.uid, panel.title)


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: dashboard.uid)
def test_what_a_reader_chooses_is_used_and_nothing_else(dashboard: Dashboard) -> None:
    asked = [query.expr for panel in dashboard.panels for query in panel.queries]
    asked += [variable.values for variable in dashboard.variables]
    used = {name for expr in asked for name in re.findall(r"\$(\w+)", expr)}
    assert used == {variable.name for variable in dashboard.variables}


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: dashboard.uid)
def test_rows_fill_the_width(dashboard: Dashboard) -> None:
    for row in dashboard.rows:
        line = 0
        for panel in row.panels:
            line = panel.width if line + panel.width > WIDTH else line + panel.width
            assert line <= WIDTH
        assert row.panels, row.title


@pytest.mark.parametrize(("dashboard", "panel"), PANELS)
def test_texts_are_for_their_readers(dashboard: Dashboard, panel: Panel) -> None:
    texts = [dashboard.title, dashboard.text, panel.title, panel.text, panel.nothing]
    texts += [heading for _, heading in panel.labels]
    if panel.shape is not Shape.TABLE:
        texts += [re.sub(r"{{\w+}}", "", query.title) for query in panel.queries]
    for text in filter(str.strip, texts):
        assert CHINESE.search(text) or text.strip() in NAMED_SO, text
    assert panel.text.endswith("。"), panel.title


def test_columns_and_legends_in_words_of_the_registry_are_told_in_words_of_their_readers() -> None:
    by_uid = {one["uid"]: {panel["id"]: panel for panel in one["panels"]} for one in made().values()}
    seen = 0
    for dashboard in DASHBOARDS:
        shown = [panel for panel in by_uid[dashboard.uid].values() if panel["type"] != "row"]
        for panel, written in zip(dashboard.panels, shown, strict=True):
            legends = {label for query in panel.queries for label in re.findall(r"{{(\w+)}}", query.title)}
            columns = {label for label, _ in panel.labels}
            for label in (legends | columns) & WORDS.keys():
                told = json.dumps(written, ensure_ascii=False)
                assert [word for word in WORDS[label].values() if word not in told] == [], panel.title
                seen += 1
    assert seen > len(WORDS)


@pytest.mark.parametrize("name", sorted(made()))
def test_panels_stand_side_by_side_and_none_over_another(name: str) -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in made()[name]["panels"]:
        at = panel["gridPos"]
        for place in itertools.product(range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"])):
            assert place not in taken, (panel["title"], taken[place])
            assert place[0] < WIDTH
            taken[place] = panel["title"]


@pytest.mark.parametrize("name", sorted(made()))
def test_every_panel_says_what_it_means_in_which_unit_and_asks_the_chosen_prometheus(name: str) -> None:
    dashboard = made()[name]
    variables = {one["name"]: one for one in dashboard["templating"]["list"]}
    chosen = {"type": "prometheus", "uid": "${datasource}"}
    assert (variables["datasource"]["type"], variables["datasource"]["query"]) == ("datasource", "prometheus")
    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    for panel in panels:
        assert panel["description"], panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["datasource"] == chosen, panel["title"]
        assert panel["targets"], panel["title"]
        for target in panel["targets"]:
            assert target["datasource"] == chosen, panel["title"]
            assert set(re.findall(r"\$(\w+)", target["expr"])) <= variables.keys(), panel["title"]
    assert len(panels) > len(variables)


def test_grafana_finds_dashboards_and_prometheus_by_the_provisioning() -> None:
    given = files(Place("/govcloud", "http://prometheus:9090"))
    (source,) = yaml.safe_load(given["provisioning/datasources/govcloud.yaml"])["datasources"]
    (provider,) = yaml.safe_load(given["provisioning/dashboards/govcloud.yaml"])["providers"]
    assert (source["type"], source["url"]) == ("prometheus", "http://prometheus:9090")
    assert provider["options"]["path"] == "/govcloud/dashboards"


def test_a_figure_has_the_unit_of_its_series() -> None:
    """Base units stand in the names of series; a panel that shows one as it is has the unit of it."""
    for dashboard in DASHBOARDS:
        for panel in dashboard.panels:
            for query in panel.queries:
                unit = query.unit or panel.unit
                if re.fullmatch(r"(sum|max|min)( by \([\w, ]+\))? ?\(govcloud_\w+_bytes(\{.*\})?\)", query.expr):
                    assert unit is Unit.BYTES, query.expr
                if re.search(r"^\w+ by .*_seconds\)$", query.expr):
                    assert unit is Unit.SECONDS, query.expr
