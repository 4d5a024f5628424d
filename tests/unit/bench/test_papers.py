from datetime import datetime
from pathlib import Path

import pytest

from bench.papers import FILED, LEFT, Papers
from bench.workload import BOOT_GIB, RULES, Shape, new
from broker.admit import admit
from broker.clock import SHANGHAI
from broker.estate.fold import admissions_of, fold
from broker.estate.platform import platform_of
from broker.papers import rule_set
from broker.plan.stack import stack_specs
from broker.registry.authority import authorised, receipts
from broker.registry.read import read_commit
from stacks.spec import StackSpec


def specs(papers: Papers, instant: str) -> tuple[StackSpec, ...]:
    """What must exist at the instant, if everything that was filed is judged then."""
    as_of = datetime.fromisoformat(instant).replace(tzinfo=SHANGHAI)
    papers.file(instant)
    registry = authorised(read_commit(papers.repository, "main", record_key=""), papers.trust_root, as_of)
    assert registry.problems == ()
    platform = platform_of(registry)
    outcomes = admit(registry, platform, rule_set(), as_of, simulated=True).outcomes
    assert [outcome for outcome in outcomes if not outcome.admitted.admitted] == []
    admissions = admissions_of((*receipts(registry, as_of), *(outcome.admitted for outcome in outcomes)))
    return stack_specs(fold(registry.filed, admissions, as_of), platform)


@pytest.mark.parametrize(("shape", "boot_gib"), [(Shape.PLAIN, 0), (Shape.DISKS, BOOT_GIB)])
def test_the_papers_of_a_workload_are_admitted_and_make_exactly_its_stack(
    shape: Shape, boot_gib: int, tmp_path: Path
) -> None:
    (spec,) = specs(Papers(tmp_path, new(30, shape)), FILED)
    (tier,) = spec.tiers
    assert [(server.boot_gib, len(server.volumes)) for server in tier.servers] == [(boot_gib, 1)] * 30
    assert (len(tier.rules), len(spec.public_addresses), len(spec.buckets)) == (len(RULES), 1, 1)


def test_after_the_exit_and_the_signed_hand_over_nothing_must_exist(tmp_path: Path) -> None:
    papers = Papers(tmp_path, new(2, Shape.PLAIN))
    assert len(specs(papers, FILED)) == 1
    assert specs(papers, LEFT) == ()
