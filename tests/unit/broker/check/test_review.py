"""What the two sides of a review share changes nothing of what either says."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from broker.admit import admit, recalled
from broker.check.difference import differences
from broker.check.manual import load_balancers, new_load_balancers
from broker.estate.fold import admissions_of, fold
from broker.estate.platform import platform_of
from broker.registry.filed import Registry
from tests.fixtures.demo_district import at, filed
from tests.unit.broker.decide.rounds import ALL_RULES, filed_at

DAYS = ("2026-03-01T12:00", "2026-06-02T12:00", "2026-09-17T12:00", "2026-10-20T12:00", "2026-11-23T12:00")
CASES = Path(__file__).parents[3] / "cases" / "decide"
PAPERS = tuple(sorted(path for folder in CASES.iterdir() for path in sorted(folder.glob("*.yaml"))[:2]))


def filed_into(held: Registry, raw: Mapping[str, Any]) -> Registry:
    """The registry with one document more."""
    return replace(held, filed=(*held.filed, filed(dict(raw), "extra/file.yaml", len(held.filed))))


@pytest.mark.parametrize("day", DAYS)
def test_the_standing_of_all_systems_is_the_fold_of_all_documents(day: str) -> None:
    held = filed_at(at(day))
    outcomes = admissions_of(held.records)
    assert recalled(held, platform_of(held), at(day)).promised(at(day)) == fold(
        held.filed, outcomes, at(day), anticipate=True
    )


def test_a_withdrawal_that_is_taken_back_leaves_the_fold_to_all_documents_together() -> None:
    day = at("2026-11-23T12:00")
    held = filed_at(day)
    form = next(f for f in held.filed if f.kind == "ServiceIntentForm")
    back = {"kind": "FilingWithdrawal", "spec": {"unit": vars(form.spec)["unit"], "reason": "另行填报"}}
    for name, withdrawn in (("back-1", form.id), ("back-2", "back-1")):
        metadata = {"id": name, "filed_on": "2026-11-23", "filed_by": "office-clerk", "withdraws": withdrawn}
        held = filed_into(held, {"apiVersion": "govcloud/v1", **back, "metadata": metadata})
    round_ = admit(held, platform_of(held), replace(ALL_RULES, rules=()), day, simulated=False)
    assert round_.standing.promised(day) is None


@pytest.mark.parametrize("path", PAPERS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_document_is_judged_from_the_standing_before_it_as_from_the_files(path: Path) -> None:
    case = yaml.safe_load(path.read_text(encoding="utf-8"))
    as_of = at(str(case["as_of"]))
    held = filed_at(as_of, case.get("before", ()))
    whole, platform = filed_into(held, case["file"]), platform_of(held)
    standing = recalled(held, platform, as_of)
    before = admit(held, platform, ALL_RULES, as_of, simulated=False, known=standing)
    shared = admit(whole, platform_of(whole), ALL_RULES, as_of, simulated=False, known=standing)
    alone = admit(whole, platform_of(whole), ALL_RULES, as_of, simulated=False)
    assert (shared.outcomes, shared.before) == (alone.outcomes, alone.before)
    assert set(new_load_balancers(held, whole)) == set(load_balancers(whole)) - set(load_balancers(held))
    told = tuple(side.standing.promised(as_of) for side in (before, shared, alone))
    assert told[1] == told[2]
    if told[0] is not None and told[1] is not None and told[2] is not None:
        assert differences(told[0], told[1]) == differences(told[0], told[2])
    assert {name: shared.standing.total(name) for name in accounts(shared.standing.holdings())} == {
        name: alone.standing.total(name) for name in accounts(alone.standing.holdings())
    }


def accounts(holdings: Any) -> set[str]:
    return {account for holding in holdings for account in holding.accounts}
