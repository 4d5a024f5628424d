"""Many steps on claims in one transaction: each is done or refused by itself, in the order given.

All accounts are locked once, in claiming order, and written once: a round of many costs little more than one of few.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from psycopg import errors
from psycopg.types.json import Jsonb

from broker.ledger.connect import Connection
from broker.ledger.statements import statements
from quotas.account import AccountId, Line
from quotas.amount import RESOURCES, Amount
from quotas.claim import Claim, ClaimConflictError
from quotas.shortfall import Holder, Refusal, Shortfall, in_order
from quotas.step import Commit, Release, Resize, Step, Void, check_steps

_CLAIM_CONFLICT = "GC002"
_DOING = {Claim: "claim", Resize: "resize", Commit: "commit", Void: "void", Release: "release"}


def settle(conn: Connection, steps: Sequence[Step]) -> tuple[Refusal, ...]:
    """For each step the accounts that lack room, empty where it is done. Holders are not named: `explained` does.

    Steps that were done before are done again without effect, so that a call whose answer was lost can be repeated.

    Raises:
        ClaimConflictError: A claim is in no state in which its step can be done; nothing is done.
        ValueError: Two steps are on one claim.
    """
    check_steps(steps)
    if not steps:
        return ()
    try:
        row = conn.execute(
            statements("claims")["settle"], {"steps": Jsonb([_written(step) for step in steps])}
        ).fetchone()
    except errors.DatabaseError as error:
        if error.sqlstate == _CLAIM_CONFLICT:
            raise ClaimConflictError(f"{error.diag.message_primary}; claim under a new id") from error
        raise
    lacking: list[list[Shortfall]] = [[] for _ in steps]
    for one in row["short"] if row else ():
        room = Amount(*one["wanted"]), Amount(*one["free"])
        lacking[one["step"] - 1].append(Shortfall(AccountId.parse(one["account"]), *room, holders=None))
    return tuple(tuple(sorted(short, key=lambda one: one.account)) for short in lacking)


def explained(conn: Connection, refusal: Iterable[Shortfall]) -> Refusal:
    """The refusal with everybody who uses the room that it lacks."""
    return tuple(replace(short, holders=holders(conn, short.account)) for short in refusal)


def holders(conn: Connection, account: AccountId) -> tuple[Holder, ...]:
    """Who uses the account's room, the soonest end first. Their amounts add up to what is used."""
    found: dict[tuple[str | None, str], Holder] = {}
    for row in conn.execute(statements("claims")["holders"], {"account": str(account)}):
        one, amount = (row["claim"], row["name"]), Amount(*row["amount"])
        if one in found:
            amount += found[one].amount
        found[one] = Holder(row["name"], amount, row["claim"], row["until"])
    return in_order(holder for holder in found.values() if holder.amount)


def _written(step: Step) -> dict[str, Any]:
    told: dict[str, Any] = {"doing": _DOING[type(step)], "claim": step.id}
    if isinstance(step, Claim):
        told |= {"holder": step.holder, "until": step.until.isoformat() if step.until else None}
    if isinstance(step, Claim | Resize):
        told["lines"] = [_line(line) for line in step.lines]
    return told


def _line(line: Line) -> dict[str, Any]:
    amount = dict(zip(RESOURCES, line.amount.values(), strict=True))
    return {"account": str(line.account), "level": line.account.level, "amount": amount}
