"""What a cloud is told to enforce for a project is what the ledger holds for the system there."""

import pytest

from broker.admit import admit
from broker.booking import booking
from broker.estate.fold import admissions_of, fold
from broker.estate.platform import platform_of
from broker.estate.system import Lifecycle
from broker.plan.stack import stack_specs
from quotas.account import Level
from quotas.amount import Amount
from stacks.spec import StackSpec
from tests.fixtures import demo_district as demo
from tests.unit.broker.decide.rounds import ALL_RULES, recorded

INSTANTS = ("2026-05-31T12:00", "2026-06-01T09:00", "2026-07-16T09:00", "2026-10-15T09:00", "2026-11-23T12:00")


def enforced(spec: StackSpec, *, leaving: bool) -> Amount:
    """Without the room for snapshots: Cinder counts them, the unit is not entitled to them."""
    quota = spec.quota
    copies = 2 if leaving else 1
    assert quota.snapshots == (quota.volumes if leaving else 0)
    return Amount(
        vcpu=quota.vcpu,
        memory_gib=quota.memory_gib,
        block_gib=quota.block_gib // copies,
        block_high_performance_gib=dict(quota.block_gib_by_type).get("high_performance", 0) // copies,
        object_gib=quota.object_gib,
        bandwidth_mbps=0,
        public_addresses=quota.public_addresses,
    )


def claimed(text: str) -> dict[str, Amount]:
    """What each system holds in each zone of its cloud's room; bandwidth is limited by policies, not by a quota."""
    as_of = demo.at(text)
    registry = recorded(demo.registry(), as_of)
    platform = platform_of(registry)
    asked = booking(registry, platform, admit(registry, platform, ALL_RULES, as_of, simulated=True), as_of)
    return {
        id_: Amount(**{**line.amount.parts(), "bandwidth_mbps": 0})
        for id_, claim in asked.after.items()
        for line in claim.lines
        if line.account.level is Level.CLOUD
    }


@pytest.mark.parametrize("text", INSTANTS)
def test_a_projects_quota_is_what_its_system_claimed_or_less_while_a_change_is_promised(text: str) -> None:
    as_of = demo.at(text)
    registry = recorded(demo.registry(), as_of)
    admissions = admissions_of(registry.records)
    estate, ahead = fold(registry.filed, admissions, as_of), fold(registry.filed, admissions, as_of, anticipate=True)
    specs, held = stack_specs(estate, platform_of(registry)), claimed(text)
    assert specs
    for spec in specs:
        now, claim = estate.system(spec.system), held[spec.project_name]
        assert now is not None
        promised = now != ahead.system(spec.system) or any(grant.start > as_of for grant in now.grants)
        told = enforced(spec, leaving=now.lifecycle is Lifecycle.EXITING)
        assert claim.covers(told) if promised else claim == told, spec.name
