"""The counters and the pure book answer the same, word for word, to any history."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.ledger.connect import Connection
from quotas.account import Line, both_chains
from quotas.amount import Amount
from quotas.claim import Claim, ClaimConflictError
from quotas.step import Commit, Release, Resize, Step, Void
from tests.fixtures.quota_desk import BookDesk, Desk, LedgerDesk
from tests.fixtures.quota_laws import CASES, LINES, PARENT, Case, prepare

_IDS = st.integers(0, 3).map(lambda number: f"claim-{number}")
_STEPS = st.lists(
    st.tuples(st.sampled_from(["claim", "resize", "commit", "void", "release", "limit", "move"]), _IDS, LINES),
    min_size=4,
    max_size=14,
)


def _do(desk: Desk, step: str, claim_id: str, lines: tuple[object, ...], case: Case) -> object:
    claim = next((one for one in case.claims if one.id == claim_id), case.claims[0])
    number = int(claim_id.rpartition("-")[2])
    account, parent = list(PARENT.items())[number % len(PARENT)]
    amount = claim.lines[0].amount if claim.lines else Amount()
    try:
        match step:
            case "claim":
                return desk.claim(claim)
            case "resize":
                return desk.resize(claim_id, lines)  # type: ignore[arg-type]  # lines of the strategy
            case "limit":
                return desk.limit(account, parent, amount * 3, amount)
            case "move":
                system, units = list(PARENT)[-1 - number % 4], list(PARENT)[3:5]
                now = desk.accounts()[system]
                return desk.limit(system, units[number % 2], now.ceiling, now.keep)
            case _:
                getattr(desk, step)(claim_id)
                return "done"
    except ClaimConflictError as conflict:
        return str(conflict).split(";")[0].split(",")[0]


def test_any_history_has_one_answer(ledger: Connection) -> None:
    @settings(max_examples=30, deadline=None)
    @given(case=CASES, steps=_STEPS)
    def same(case: Case, steps: list[tuple[str, str, tuple[object, ...]]]) -> None:
        pure, counters = BookDesk(), LedgerDesk(ledger)
        for desk in (pure, counters):
            prepare(desk, case)
        for step in steps:
            assert _do(counters, *step, case) == _do(pure, *step, case), step
            assert counters.accounts() == pure.accounts()
        assert counters.claims() == pure.claims()

    same()


_SOME = st.dictionaries(
    _IDS, st.tuples(st.sampled_from(["claim", "claim", "resize", "commit", "void", "release"]), LINES), min_size=1
)


def _step(claim_id: str, doing: str, lines: tuple[Line, ...]) -> Step:
    match doing:
        case "claim":
            return Claim(claim_id, lines[0].account.name, lines)
        case "resize":
            return Resize(claim_id, lines)
        case "commit":
            return Commit(claim_id)
        case "void":
            return Void(claim_id)
        case _:
            return Release(claim_id)


def _settle(desk: Desk, steps: list[Step]) -> object:
    try:
        return desk.settle(steps)
    except ClaimConflictError as conflict:
        return str(conflict).split(";")[0].split(",")[0]


def test_steps_in_one_call_are_the_steps_one_by_one(ledger: Connection) -> None:
    @settings(max_examples=30, deadline=None)
    @given(case=CASES, calls=st.lists(_SOME, min_size=1, max_size=5))
    def same(case: Case, calls: list[dict[str, tuple[str, tuple[Line, ...]]]]) -> None:
        pure, counters = BookDesk(), LedgerDesk(ledger)
        for desk in (pure, counters):
            prepare(desk, case)
            desk.settle(case.claims)
        for call in calls:
            steps = [_step(claim_id, *asked) for claim_id, asked in call.items()]
            assert _settle(counters, steps) == _settle(pure, steps), steps
            assert (counters.accounts(), counters.claims()) == (pure.accounts(), pure.claims())

    same()


def test_two_steps_on_one_claim_are_asked_in_two_calls(ledger: Connection) -> None:
    for desk in (BookDesk(), LedgerDesk(ledger)):
        with pytest.raises(ValueError, match="RY-1 is named twice"):
            desk.settle([Void("RY-1"), Claim("RY-1", "hall", ())])


def test_an_account_without_a_limit_has_no_room(ledger: Connection) -> None:
    wanted = Claim("c", "hall", both_chains("hall", "internet", "provider-a", Amount(vcpu=1)))
    refusals = [desk.claim(wanted) for desk in (BookDesk(), LedgerDesk(ledger))]
    assert refusals[0] == refusals[1]
    assert [str(one) for one in refusals[0]] == [
        "system:hall/internet lacks vcpu=1: vcpu=1 wanted, nothing free (nobody holds any)",
        "cloud:provider-a/internet lacks vcpu=1: vcpu=1 wanted, nothing free (nobody holds any)",
    ]
