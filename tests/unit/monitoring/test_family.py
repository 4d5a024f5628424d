import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from monitoring.family import Family, Kind, Page, Sample, written

SERVERS = Family("govcloud_servers", Kind.GAUGE, Page.INVENTORY, ("cloud", "name"), "Servers.\nCached.", "Nova")
PLAIN = Family("govcloud_ready", Kind.GAUGE, Page.USAGE, (), "Whether.", "exporter")


def read(text: bytes) -> list[tuple[str, dict[str, str], float]]:
    families = text_string_to_metric_families(text.decode())
    return [(sample.name, sample.labels, sample.value) for family in families for sample in family.samples]


@given(st.text(st.characters(codec="utf-8")))
def test_whatever_a_thing_is_called_prometheus_reads_the_same_name(name: str) -> None:
    page = SERVERS.head + written([Sample(SERVERS, ("a", name), 3)])[SERVERS]
    assert read(page) == [("govcloud_servers", {"cloud": "a", "name": name}, 3.0)]


@given(st.floats(allow_nan=False) | st.integers(-(2**53), 2**53))
def test_values_arrive_exactly(value: float) -> None:
    page = PLAIN.head + written([Sample(PLAIN, (), value)])[PLAIN]
    assert read(page) == [("govcloud_ready", {}, float(value))]


def test_not_a_number_arrives_as_such() -> None:
    [(_, _, value)] = read(written([Sample(PLAIN, (), math.nan)])[PLAIN])
    assert math.isnan(value)


def test_a_help_text_of_two_lines_stays_one_line() -> None:
    assert SERVERS.head == b"# HELP govcloud_servers Servers.\\nCached.\n# TYPE govcloud_servers gauge\n"


def test_a_sample_with_a_label_too_many_is_refused() -> None:
    with pytest.raises(ValueError, match="govcloud_servers has labels"):
        written([Sample(SERVERS, ("a", "b", "c"), 1)])
