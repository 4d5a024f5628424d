"""Pages of the documentation that are made from the code. `make docs` writes them; tests keep them fresh."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from broker.check.meanings import problems_page
from broker.cli.pages import commands
from broker.clocks.pages import clocks
from broker.clocks.table import CLOCKS
from broker.documents.kinds import SPECS
from broker.documents.pages import documents
from broker.estate.pages import lifecycle
from monitoring.articles import CLOCK_TESTS, ITEMS, NOTICE_TESTS, Carrier, Item, Way
from monitoring.catalogue import ALL
from monitoring.cli import app
from monitoring.compatible import ALL as COMPATIBLE
from monitoring.dashboards.folder import DASHBOARDS
from monitoring.dashboards.pages import page as dashboards
from monitoring.family import Family
from monitoring.recording import SeriesNames, recording
from policies.catalogue import RULES
from policies.pages import Example, Examples, refusals

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
CASES = ROOT / "tests" / "cases" / "decide"
METRICS_HEAD = """# Metrics

Served by `broker exporter` on `/metrics/inventory`, `/metrics/usage`, and `/metrics` for both. The clouds are read in
the background, whole lists at a time; "cached" means that a scrape shows the last reading. A collector that fails keeps
its last good data for three rounds and then drops them, so that `absent()` can tell; `govcloud_collector_up` says
which.

Swift lists one account at a time: the broker's are read once an hour, in six parts spread over it (`swift-1` …),
one call for each, counted apart in `govcloud_api_requests_total` (`cycle="project"`). Limits and claims come from the
ledger, and a gateway's buckets are one call.

Resources are named by their ids. Names, unit and system come by joining an `_info` metric:

```
sum by (system_id) (
  govcloud_server_vcpus * on (cloud, project_id) group_left (system_id) govcloud_project_info{system_id!=""}
)
```

`cloud` is a cloud of the platform documents, empty for a project that is not the broker's. `endpoint` is what is asked:
clouds that share a Keystone are read together. In `resource` stands what is counted, with its base unit.
"""

_HEADING = "| metric | type | page | labels | meaning | source |\n|---|---|---|---|---|---|"
COMPATIBLE_HEAD = """## Names of openstack-exporter

`broker exporter --compatible` tells the clouds by these names too, on `/metrics/openstack`, from the same lists and
without a further call: dashboards and rating rules that were made for openstack-exporter go on. `endpoint` is a label
that it has not. What costs it a call per project, router or host (quotas, agents, placement) is not told; limits stand
in `govcloud_quota_limit`. A change of state makes a new series of `openstack_nova_server_status`, as it does there.
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
    table = f"{_HEADING}\n{rows}\n"
    recorded = "\n".join(f"| `{name}` | `{expression}` |" for name, expression in _recorded())
    theirs = "\n".join(_row(family) for family in COMPATIBLE)
    table += f"\n{COMPATIBLE_HEAD}\n{_HEADING}\n{theirs}\n"
    return f"{METRICS_HEAD}\n{table}\n{RULES_HEAD}\n| recorded | from |\n|---|---|\n{recorded}\n"


def _recorded() -> Iterator[tuple[str, str]]:
    groups = yaml.safe_load(recording(SeriesNames()))["groups"]
    rules = (rule for group in groups for rule in group["rules"])
    return ((rule["record"], rule["expr"].replace("|", r"\|")) for rule in rules)


def _row(family: Family) -> str:
    labels = ", ".join(family.labels)
    return f"| `{family.name}` | {family.kind} | {family.page} | {labels} | {family.help} | {family.source} |"


_GUARD: Final = "tests/unit/stacks/test_guard.py"
_READ: Final = "tests/unit/broker/registry/test_read.py"
NOT_OF_A_DOCUMENT: Final[Mapping[str, tuple[str, str]]] = {
    "BANDWIDTH_NOT_AS_APPROVED": (
        f"{_GUARD}::test_a_limit_that_lets_one_kbit_more_through_breaks_the_sum",
        f"{_GUARD}::test_whatever_a_plan_hands_over_keeps_every_rule",
    ),
    "DATA_UNMARKED": (
        f"{_GUARD}::test_what_holds_data_says_whose_it_is",
        f"{_GUARD}::test_whatever_a_plan_hands_over_keeps_every_rule",
    ),
    "DOCUMENT_CHANGED": (
        f"{_READ}::test_a_merged_document_that_was_changed_is_a_problem_and_stays_as_merged",
        f"{_READ}::test_a_changed_document_that_is_put_back_is_no_problem",
    ),
}
"""Rules that no document is asked for: the tests that see them refuse and let pass."""


def refusals_page() -> str:
    """The page of all refusals with the cases that are their tests."""
    return refusals(RULES, {rule.code: examples_of(rule.code) for rule in RULES})


def examples_of(code: str) -> Examples:
    """The examples of a rule: the first case that it alone refuses, and the first that it lets pass."""
    if code in NOT_OF_A_DOCUMENT:
        refused, passed = NOT_OF_A_DOCUMENT[code]
        return Examples(Example(refused), Example(passed))
    cases = {path: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((CASES / code).glob("*.yaml"))}
    alone = [path for path, case in cases.items() if case["expect"]["codes"] == [code]]
    passed_at = next(path for path, case in cases.items() if case["expect"]["admitted"])
    return Examples(_example(alone[0], cases[alone[0]]), _example(passed_at, cases[passed_at]))


def _example(path: Path, case: Mapping[str, Any]) -> Example:
    document = yaml.safe_dump(case["file"], allow_unicode=True, sort_keys=False, width=110)
    before = tuple(f"{d['kind']} {d['metadata']['id']}" for d in case.get("before", ()))
    return Example(path.relative_to(ROOT).as_posix(), case["reason"], document, before)


ARTICLES_HEAD: Final = """# 条款 · Articles

What carries each article item of the cloud measures, each with the test that sees it work. This page is written from
`monitoring/articles.py` by `make docs`; a test keeps it so, and another switches off every rule, clock and notice in
turn and sees its test fail. A gate's test is the first case of its folder that it alone refuses; a document's is the
file that every reader and writer of documents is tried on.

"Not carried yet" is what the article asks for and the product does not do; "none" gives the reason why software carries
nothing of it.
"""


def articles_page() -> str:
    """The page of all article items."""
    rows = (row for item in ITEMS for row in _article_rows(item))
    return "\n".join([ARTICLES_HEAD, "| item | duty | carried by | test |", "|---|---|---|---|", *rows]) + "\n"


def _article_rows(item: Item) -> Iterator[str]:
    for n, carrier in enumerate(item.carriers):
        head = (item.article, item.duty_zh) if n == 0 else ("", "")
        test = proof_of(carrier)
        yield f"| {head[0]} | {head[1]} | {carrier.way}: {_named(carrier)} | {f'`{test}`' if test else ''} |"


def _named(carrier: Carrier) -> str:
    return carrier.name if carrier.way in {Way.ACT, Way.OPEN, Way.NONE} else f"`{carrier.name}`"


def proof_of(carrier: Carrier) -> str:
    """The test that sees the carrier work: a case file or a test function; empty where nothing is carried.

    Raises:
        KeyError: A clock or a notice has no test.
    """
    match carrier.way:
        case Way.GATE:
            return examples_of(carrier.name).refused.test
        case Way.CLOCK:
            return CLOCK_TESTS[carrier.name]
        case Way.NOTICE:
            return NOTICE_TESTS[carrier.name]
        case Way.PAPER:
            return f"tests/cases/registry/valid/{carrier.name}.yaml"
        case _:
            return carrier.test


if __name__ == "__main__":
    (DOCS / "commands.md").write_text(commands(app), encoding="utf-8")
    (DOCS / "metrics.md").write_text(metrics(), encoding="utf-8")
    (DOCS / "dashboards.md").write_text(dashboards(DASHBOARDS), encoding="utf-8")
    (DOCS / "documents.md").write_text(documents(SPECS), encoding="utf-8")
    (DOCS / "clocks.md").write_text(clocks(CLOCKS), encoding="utf-8")
    (DOCS / "lifecycle.md").write_text(lifecycle(), encoding="utf-8")
    (DOCS / "problems.md").write_text(problems_page(), encoding="utf-8")
    (DOCS / "refusals.md").write_text(refusals_page(), encoding="utf-8")
    (DOCS / "articles.md").write_text(articles_page(), encoding="utf-8")
