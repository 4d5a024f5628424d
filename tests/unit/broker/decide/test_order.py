"""C-11: an assignment is in time by the day on which it was given, whenever the broker gets round to it."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from broker.documents.envelope import Spec
from broker.documents.records import Received
from broker.registry.filed import Filed, Registry
from broker.signatures.payload import Payload
from broker.signatures.signature import Signature
from tests.fixtures import demo_district as demo
from tests.unit.broker.decide.rounds import filed_at, round_of

CASE = Path(__file__).parents[3] / "cases" / "decide" / "NO_APPROVAL" / "assigned-on-the-approvals-last-day.yaml"
LAST_DAY, LATER = demo.at("2026-11-23T12:00"), demo.at("2026-11-25T09:00")


def the_case() -> list[dict[str, Any]]:
    case = yaml.safe_load(CASE.read_text(encoding="utf-8"))
    return [*case["before"], case["file"]]


def signed(filed: Filed[Spec], on: date, *, signer: str = "ssh-ed25519 AAAA") -> Filed[Spec]:
    payload = Payload.model_validate(
        {
            "case": "cases/2026/park-patrol",
            "documents": ({"id": filed.id, "digest": filed.digest},),
            "role": "ops_department",
            "person": "ops-dispatcher",
            "decision": "issued",
            "decided_on": on,
            "expires": demo.at("2026-12-31T00:00"),
            "nonce": "0" * 32,
        }
    )
    return replace(filed, signatures=(Signature(payload, signer, "", "x.sig", "sha256:" + "2" * 64),))


def codes(registry: Registry) -> tuple[str, ...]:
    """What the rules say of the assignment in a round two days after the approval's last day."""
    (found,) = (o.decision for o in round_of(registry, LATER).outcomes if o.decision.filed.kind == "Assignment")
    return tuple(finding.code for finding in found.findings)


def waiting(on: date | None = None, *, signer: str = "ssh-ed25519 AAAA", received: bool = False) -> Registry:
    """The assignment merged and not judged yet; `on`: the day of its signature; `received`: on the last day."""
    registry = filed_at(LATER, the_case())
    *before, last = registry.filed
    records = (*registry.records, *([Received(document=last.digest, at=LAST_DAY)] if received else []))
    return replace(registry, filed=(*before, signed(last, on, signer=signer) if on else last), records=records)


def test_an_assignment_that_came_in_time_is_in_time_when_it_is_judged_later() -> None:
    assert codes(waiting(received=True)) == ()


def test_an_assignment_that_was_signed_in_time_is_in_time_when_it_comes_later() -> None:
    assert codes(waiting(date(2026, 11, 23))) == ()


def test_an_assignment_that_nothing_shows_to_be_in_time_is_late() -> None:
    assert codes(waiting()) == ("NO_APPROVAL",)


@pytest.mark.parametrize(
    ("on", "signer"),
    [
        (date(2026, 11, 24), "ssh-ed25519 AAAA"),
        (date(2026, 11, 26), "ssh-ed25519 AAAA"),
        (date(2026, 10, 25), "ssh-ed25519 AAAA"),
        (date(2026, 11, 23), ""),
    ],
    ids=["signed after the last day", "dated ahead", "dated back beyond its life", "does not hold"],
)
def test_a_signature_that_does_not_tell_the_day_makes_nothing_timely(on: date, signer: str) -> None:
    assert codes(waiting(on, signer=signer)) == ("NO_APPROVAL",)
