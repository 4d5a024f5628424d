"""Pages of the documentation that are made from the code. `make docs` writes them; tests keep them fresh."""

from collections.abc import Iterator
from pathlib import Path

import yaml

from broker.cli.pages import commands
from monitoring.catalogue import ALL
from monitoring.cli import app
from monitoring.family import Family
from monitoring.rules import SeriesNames, recording

DOCS = Path(__file__).parents[1] / "docs"
METRICS_HEAD = """# Metrics

Served by `broker exporter` on `/metrics/inventory`, `/metrics/usage`, and `/metrics` for both. The clouds are read in
the background, whole lists at a time; "cached" means that a scrape shows the last reading. A collector that fails keeps
its last good data for three rounds and then drops them, so that `absent()` can tell; `govcloud_collector_up` says
which.

Resources are named by their ids. Names, unit and system come by joining an `_info` metric:

```
sum by (system_id) (
  govcloud_server_vcpus * on (cloud, project_id) group_left (system_id) govcloud_project_info{system_id!=""}
)
```

`cloud` is a cloud of the platform documents, empty for a project that is not the broker's. `endpoint` is what is asked:
clouds that share a Keystone are read together. In `resource` stands what is counted, with its base unit.
"""

RULES_HEAD = """## Utilisation

`broker rules FOLDER` writes the recording and alert rules. Utilisation comes from a libvirt exporter on the clouds'
hosts, scraped by the same Prometheus. Where its series have other names than those of
inovex/prometheus-libvirt-exporter, give the names in a TOML file by `--names`: `cpu_seconds`, `vcpus`,
`memory_maximum_bytes`, `memory_usable_bytes`, `received_bytes`, `sent_bytes`, `info`, `domain` (the labels of a
domain), `server_label` (the label with the server's id). A server without data has no recorded series: it is never
shown as idle.
"""


def metrics() -> str:
    """The page of all metrics."""
    rows = "\n".join(_row(family) for family in ALL)
    table = f"| metric | type | page | labels | meaning | source |\n|---|---|---|---|---|---|\n{rows}\n"
    recorded = "\n".join(f"| `{name}` | `{expression}` |" for name, expression in _recorded())
    return f"{METRICS_HEAD}\n{table}\n{RULES_HEAD}\n| recorded | from |\n|---|---|\n{recorded}\n"


def _recorded() -> Iterator[tuple[str, str]]:
    groups = yaml.safe_load(recording(SeriesNames()))["groups"]
    rules = (rule for group in groups for rule in group["rules"])
    return ((rule["record"], rule["expr"].replace("|", r"\|")) for rule in rules)


def _row(family: Family) -> str:
    labels = ", ".join(family.labels)
    return f"| `{family.name}` | {family.kind} | {family.page} | {labels} | {family.help} | {family.source} |"


if __name__ == "__main__":
    (DOCS / "commands.md").write_text(commands(app), encoding="utf-8")
    (DOCS / "metrics.md").write_text(metrics(), encoding="utf-8")
