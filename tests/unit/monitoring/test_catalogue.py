import re
from pathlib import Path

from monitoring.catalogue import ALL
from monitoring.family import Kind
from monitoring.pages import metrics

DOCS = Path(__file__).parents[3] / "docs"
# of Prometheus' own targets: a metric that has one of these loses it
CLASHING = {"region", "zone", "cluster", "job", "instance", "service", "environment", "owner", "type"}


def test_the_page_of_metrics_is_what_the_catalogue_says() -> None:
    assert (DOCS / "metrics.md").read_text(encoding="utf-8") == metrics()


def test_names_follow_prometheus_conventions() -> None:
    assert len({family.name for family in ALL}) == len(ALL)
    for family in ALL:
        assert re.fullmatch(r"govcloud_[a-z][a-z0-9_]*", family.name)
        assert family.name.endswith("_total") == (family.kind is Kind.COUNTER), family.name
        assert not re.search(r"_(gib|mib|gb|mb|ms|mbps|minutes)(_|$)", family.name), family.name


def test_no_label_clashes_with_those_of_scrape_targets() -> None:
    assert [family.name for family in ALL if CLASHING & set(family.labels)] == []
