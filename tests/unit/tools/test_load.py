from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from tools.load.curve import DAY_S, Curve, Shape
from tools.load.exposition import series_of
from tools.load.history import Series, Value, lines
from tools.load.page import Server, page

MIDNIGHT = datetime.fromisoformat("2026-09-01T00:00:00+08:00").timestamp()
curves = st.builds(Curve, st.sampled_from(Shape), st.floats(0.1, 1))
instants = st.floats(0, 4e9)


@given(curves, instants)
def test_the_integral_over_a_second_is_the_load_in_it(curve: Curve, t_s: float) -> None:
    assert curve.mean(t_s, t_s + 1) == pytest.approx(curve.at(t_s + 0.5), abs=2e-4)


@given(curves, instants, st.floats(1, 30 * DAY_S))
def test_counters_never_go_back(curve: Curve, t_s: float, later_s: float) -> None:
    assert curve.integral(t_s + later_s) >= curve.integral(t_s)


def test_a_peak_is_at_two_in_the_afternoon_and_night_is_quiet() -> None:
    curve = Curve(Shape.PEAK, 0.9)
    hours = [curve.at(MIDNIGHT + hour * 3600) for hour in range(24)]
    assert hours.index(max(hours)) == 14
    assert hours[14] == pytest.approx(0.9)
    assert {hours[hour] for hour in (*range(9 - 1), *range(20, 24))} == {0.1}
    assert all(a < b for a, b in pairwise(hours[8:15]))


def test_a_host_tells_of_each_server_but_the_missing_and_of_memory_only_what_the_guest_tells() -> None:
    servers = [
        Server("s0", "p", 2, 4 << 30, Curve(Shape.FLAT, 0.5)),
        Server("s1", "p", 2, 4 << 30, Curve(Shape.MISSING)),
        Server("s2", "p", 4, 8 << 30, Curve(Shape.IDLE), balloon=False),
    ]
    found = {
        (sample.name, sample.labels["domain"]): sample.value
        for family in text_string_to_metric_families(page(servers, 1000.0))
        for sample in family.samples
    }
    info = [labels for (name, labels) in found if name == "libvirt_domain_openstack_info"]
    assert info == ["instance-00000000", "instance-00000002"]
    assert found["libvirt_domain_memory_stats_usable_bytes", "instance-00000000"] == 2 << 30
    assert ("libvirt_domain_memory_stats_usable_bytes", "instance-00000002") not in found


PAGE = """# HELP govcloud_unit_info A using unit; 1.
# TYPE govcloud_unit_info gauge
govcloud_unit_info{unit_id="u",unit_name="区卫生\\"健康\\"委员会"} 1
# TYPE govcloud_api_requests_total counter
govcloud_api_requests_total{endpoint="e"} 12
# TYPE govcloud_up gauge
govcloud_up 0
"""


def test_a_page_becomes_series_that_keep_their_labels_and_values() -> None:
    found = {one.name: one for one in series_of(PAGE, gone=((0, 10),))}
    assert found["govcloud_unit_info"].labels == 'unit_id="u",unit_name="区卫生\\"健康\\"委员会"'
    assert (found["govcloud_up"].labels, found["govcloud_up"].scale) == ("", 0)
    assert found["govcloud_api_requests_total"].value is Value.COUNTER
    assert {one.gone for one in found.values()} == {((0, 10),)}


def test_a_state_is_nought_while_it_is_gone_and_everything_else_is_not_told() -> None:
    full = Curve(Shape.FLAT, 1.0)
    state = Series("up", "", full, Value.STATE, gone=((60, 120),))
    level = Series("there", "", full, Value.LEVEL, gone=((60, 120),))
    text = "".join(lines((state, level), range(0, 180, 60))).splitlines()
    assert [line for line in text if line.startswith("up")] == ["up{} 1 0", "up{} 0 60", "up{} 1 120"]
    assert [line for line in text if line.startswith("there")] == ["there{} 1 0", "there{} 1 120"]
