"""The page of all dashboards: what each panel means, in which unit, and from which series."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from monitoring.dashboards.dashboard import Dashboard, Panel, Unit

_NAMED: Final = {
    Unit.COUNT: "1",
    Unit.VCPU: "vCPU",
    Unit.BYTES: "bytes",
    Unit.BYTES_PER_S: "bytes/s",
    Unit.RATIO: "ratio",
    Unit.SECONDS: "s",
    Unit.DAYS: "days",
    Unit.YUAN: "yuan",
    Unit.PER_HOUR: "1/h",
}
_SERIES: Final = re.compile(r"\b(?:\w+:)?govcloud_\w+(?::\w+)?|\bALERTS\b")
HEAD: Final = """# 看板 · Dashboards

`broker dashboards FOLDER --prometheus URL` writes six dashboards for Grafana 10 or later and the provisioning by which
Grafana finds them and Prometheus. The same input gives the same bytes, so that the folder may be kept in git.
Prometheus must scrape `broker exporter` and load what `broker rules` writes ([metrics.md](metrics.md)).

```
broker dashboards /etc/govcloud/grafana --prometheus http://127.0.0.1:9090
GF_PATHS_PROVISIONING=/etc/govcloud/grafana/provisioning grafana server --homepath /usr/share/grafana
```

A Grafana that runs already takes the two files of `provisioning/` into its own provisioning folder; one in a container
sees the folder elsewhere: `--served-from /govcloud`. Dashboards can also be imported one by one (`dashboards/*.json`);
they ask which Prometheus to use. `--month 2026-10` lets them open at that month.

Approved, allocated and used stand side by side wherever one of them is shown, and the coverage stands beside every
utilisation: used / observed is the utilisation, observed / running its coverage, each summed by what the servers have.
Below 90 % a utilisation is 数据不足 and says nothing. What is used inside volumes is known to no source and not shown.
Figures of a month are those of the month closed last, as it was frozen.

This page is written from `monitoring/dashboards/` by `make docs`. Tests put every question to a Prometheus that holds
hours of what the exporter serves, and to one that holds a whole month of it; none may stay without an answer.
"""


def page(dashboards: Iterable[Dashboard]) -> str:
    """The page."""
    return "\n".join([HEAD, *(line for dashboard in dashboards for line in _lines(dashboard))]) + "\n"


def series(panel: Panel) -> tuple[str, ...]:
    """Every series that a panel asks for, sorted."""
    return tuple(sorted({name for query in panel.queries for name in _SERIES.findall(query.expr)}))


def _lines(dashboard: Dashboard) -> Iterator[str]:
    chosen = "、".join(variable.title for variable in dashboard.variables)
    yield f"## {dashboard.title} (`{dashboard.uid}`)\n\n{dashboard.text}可选：{chosen}。\n"
    yield "| row | panel | meaning | unit | series |\n|---|---|---|---|---|"
    for row in dashboard.rows:
        for panel in row.panels:
            names = ", ".join(f"`{name}`" for name in series(panel))
            yield f"| {row.title} | {panel.title} | {panel.text} | {_units(panel)} | {names} |"
    yield ""


def _units(panel: Panel) -> str:
    units = {query.unit or panel.unit for query in panel.queries}
    return ", ".join(_NAMED[unit] for unit in Unit if unit in units)
