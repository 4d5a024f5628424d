"""The demo's table shares the bandwidth out from the papers alone; the plan must come to the same figures."""

from pathlib import Path

import pytest

from broker.estate.fold import fold
from broker.estate.platform import platform_of
from broker.plan.stack import stack_specs
from tests.fixtures import demo_district as demo
from tools.demo.approved import approved, read

EXAMPLES = Path(__file__).parents[3] / "examples" / "registry"


@pytest.mark.parametrize("instant", ["2026-05-31T12:00", "2026-06-15T12:00", "2026-11-23T12:00"])
def test_papers_and_plan_agree_on_what_leaves_each_stack(instant: str) -> None:
    registry, as_of = demo.registry(), demo.at(instant)
    estate = fold(registry.filed, demo.admissions(registry, as_of), as_of)
    specs = stack_specs(estate, platform_of(registry))
    planned = {(spec.system, spec.zone): (spec.routed, spec.bandwidth_mbps) for spec in specs}
    assert {
        (zone.system, zone.zone): (zone.routed, zone.bandwidth_mbps) for zone in approved(read(EXAMPLES), as_of)
    } == planned
