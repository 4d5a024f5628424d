from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from tools.load.curve import DAY_S, Curve, Shape
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
