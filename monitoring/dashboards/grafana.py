"""Dashboards as Grafana's JSON, through its foundation SDK. The same dashboard gives the same bytes, for ever."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from grafana_foundation_sdk.builders import bargauge, common, prometheus, stat, table, timeseries
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from monitoring.dashboards.dashboard import Dashboard, Panel, Query, Shape, Step, Unit, Variable
from monitoring.dashboards.words import WORDS

TAG: Final = "政务云"
TIME_ZONE: Final = "Asia/Shanghai"
_SOURCE: Final = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
_HIDDEN: Final = ("Time", "unit_id", "system_id")
"""Columns of a table that name a line for Prometheus alone."""
_LABEL: Final = re.compile(r"\{\{(\w+)\}\}")
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BUILDERS: Final[Mapping[Shape, Callable[[], Any]]] = {
    Shape.FIGURE: stat.Panel,
    Shape.LINES: timeseries.Panel,
    Shape.BARS: bargauge.Panel,
    Shape.TABLE: table.Panel,
}


def written(dashboard: Dashboard, start: str, end: str) -> str:
    """The JSON of a dashboard that opens at the time from `start` to `end`, as Grafana writes times."""
    made = (
        build.Dashboard(dashboard.title)
        .uid(dashboard.uid)
        .description(dashboard.text)
        .tags([TAG])
        .timezone(TIME_ZONE)
        .time(start, end)
        .refresh("5m")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .link(_others())
        .with_variable(build.DatasourceVariable("datasource").label("数据源").type("prometheus"))
    )
    for variable in dashboard.variables:
        made.with_variable(_variable(variable))
    ids = iter(range(1, 1000))
    for row in dashboard.rows:
        made.with_row(build.Row(row.title).id(next(ids)))
        for panel in row.panels:
            made.with_panel(_panel(panel, next(ids)))
    return json.dumps(made.build(), cls=JSONEncoder, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _others() -> build.DashboardLink:
    link = build.DashboardLink(TAG).type(models.DashboardLinkType.DASHBOARDS).tags([TAG])
    return link.as_dropdown(True).include_vars(True).keep_time(True)


def _variable(variable: Variable) -> build.CustomVariable | build.QueryVariable:
    if variable.choices:
        values = ",".join(f"{text} : {value}" for text, value in variable.choices)
        chosen = build.CustomVariable(variable.name).label(variable.title).values(values).multi(variable.several)
        return chosen.include_all(variable.several).all_value(".*").current(_everything())
    asked = (
        build.QueryVariable(variable.name)
        .label(variable.title)
        .query(variable.values)
        .regex(variable.regex)
        .datasource(_SOURCE)
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
        .multi(variable.several)
        .include_all(variable.several)
    )
    return asked.all_value(".*").current(_everything()) if variable.several else asked


def _everything() -> models.VariableOption:
    return models.VariableOption(selected=True, text=["All"], value=["$__all"])


def _panel(panel: Panel, id_: int) -> Any:
    made = (
        _BUILDERS[panel.shape]()
        .id(id_)
        .title(panel.title)
        .description(panel.text)
        .datasource(_SOURCE)
        .span(panel.width)
        .height(panel.height)
        .unit(panel.unit)
        .no_value(panel.nothing)
        .thresholds(_thresholds(panel.steps))
    )
    if panel.full is not None:
        made.min(0).max(panel.full)
    for letter, query in zip(_LETTERS, panel.queries, strict=False):
        made.with_target(_target(panel, query, letter))
    _SHAPED[panel.shape](made, panel)
    return made


def _target(panel: Panel, query: Query, letter: str) -> prometheus.Dataquery:
    asked = prometheus.Dataquery().expr(query.expr).ref_id(letter).datasource(_SOURCE).legend_format(query.title)
    if panel.shape is Shape.LINES:
        return asked.range()
    asked.instant()
    return asked.format(PromQueryFormat.TABLE if panel.shape is Shape.TABLE else PromQueryFormat.TIME_SERIES)


def _figure(made: stat.Panel, panel: Panel) -> None:
    made.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    made.graph_mode(common_models.BigValueGraphMode.NONE)
    if _LABEL.search(panel.queries[0].title):
        made.text_mode(common_models.BigValueTextMode.NAME)


def _lines(made: timeseries.Panel, panel: Panel) -> None:
    shown = common.VizLegendOptions().display_mode(common_models.LegendDisplayMode.TABLE)
    made.legend(shown.placement(common_models.LegendPlacement.BOTTOM).show_legend(True).calcs(["lastNotNull", "mean"]))
    made.line_width(2).fill_opacity(5).axis_soft_min(0)
    _in_words(made, panel)


def _bars(made: bargauge.Panel, panel: Panel) -> None:
    made.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    made.orientation(common_models.VizOrientation.HORIZONTAL)
    _in_words(made, panel)


def _in_words(made: Any, panel: Panel) -> None:
    """Words stand in legends in place of values of labels."""
    labels = {label for query in panel.queries for label in _LABEL.findall(query.title)}
    for value, word in (pair for label in sorted(labels & WORDS.keys()) for pair in WORDS[label].items()):
        options = {"regex": f"^(.* )?{value}( .*)?$", "renamePattern": f"$1{word}$2"}
        made.with_transformation(models.DataTransformerConfig(id_val="renameByRegex", options=options))


def _table(made: table.Panel, panel: Panel) -> None:
    single = len(panel.queries) == 1
    names = {"Value" if single else f"Value #{a}": q for a, q in zip(_LETTERS, panel.queries, strict=False)}
    labels = dict(panel.labels)
    shown = [*labels, *(name for name, query in names.items() if query.title)]
    hidden = [*_HIDDEN, *(name for name, query in names.items() if not query.title)]
    options = {
        "excludeByName": {name: True for name in hidden if name not in labels},
        "indexByName": {name: place for place, name in enumerate(shown)},
        "renameByName": labels | {name: query.title for name, query in names.items() if query.title},
    }
    made.with_transformation(models.DataTransformerConfig(id_val="merge", options={}))
    made.with_transformation(models.DataTransformerConfig(id_val="organize", options=options))
    for label, heading in panel.labels:
        if words := WORDS.get(label):
            told = models.ValueMap({value: models.ValueMappingResult(text=word) for value, word in words.items()})
            made.override_by_name(heading, [models.DynamicConfigValue("mappings", [told])])
    for query in panel.queries:
        if properties := list(_column(query)):
            made.override_by_name(query.title, properties)


def _column(query: Query) -> Iterator[models.DynamicConfigValue]:
    if query.unit is not None:
        yield models.DynamicConfigValue("unit", query.unit)
    if query.steps:
        yield models.DynamicConfigValue("thresholds", _thresholds(query.steps).build())
        yield models.DynamicConfigValue("custom.cellOptions", {"type": "color-text"})
    if query.unit is Unit.RATIO:
        yield models.DynamicConfigValue("decimals", 1)


def _thresholds(steps: tuple[Step, ...]) -> build.ThresholdsConfig:
    first = models.Threshold(value=None, color="green" if steps else "text")
    found = [first, *(models.Threshold(value=step.value, color=step.color) for step in steps)]
    return build.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(found)


_SHAPED: Final[Mapping[Shape, Callable[[Any, Panel], None]]] = {
    Shape.FIGURE: _figure,
    Shape.LINES: _lines,
    Shape.BARS: _bars,
    Shape.TABLE: _table,
}
