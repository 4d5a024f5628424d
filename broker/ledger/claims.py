"""Quota and capacity as counters in the database: exact whoever claims at once, all lines of a claim or none.

The laws are those of `quotas.book`. Each call is one statement: call them outside a transaction of your own, or claim
once in it (two calls in one transaction could block another's for ever); `settle` takes many steps in one call.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import errors
from psycopg.types.json import Jsonb

from broker.ledger.connect import Connection
from broker.ledger.settle import explained, settle
from broker.ledger.statements import statements
from quotas.account import Account, AccountId, Line, check_limits, check_place
from quotas.amount import NOTHING, Amount
from quotas.claim import Claim, ClaimState
from quotas.shortfall import Refusal, Shortfall
from quotas.step import Commit, Release, Resize, Step, Void

_NO_PARENT = "GC004"


@dataclass(frozen=True, slots=True)
class Claimed:
    """There was room, and it is ours now."""

    claim: str


@dataclass(frozen=True, slots=True)
class Limited:
    """The limit is set."""

    account: AccountId


def set_limit(
    conn: Connection, account: AccountId, parent: AccountId | None, ceiling: Amount, keep: Amount = NOTHING
) -> Limited | Refusal:
    """The limit as set, or why not: use above the ceiling, or no room above for what is kept.

    Raises:
        ValueError: `parent` is not the account above, has no limit itself, or more is kept than the ceiling.
    """
    check_place(account, parent)
    check_limits(account, ceiling, keep)
    asked = {
        "account": str(account),
        "level": account.level.value,
        "parent": str(parent) if parent else None,
        "ceiling": Jsonb(ceiling.parts()),
        "keep": Jsonb(keep.parts()),
    }
    try:
        row = conn.execute(statements("claims")["limit"], asked).fetchone()
    except errors.DatabaseError as error:
        if error.sqlstate == _NO_PARENT:
            raise ValueError(f"{error.diag.message_primary}; set that one first") from error
        raise
    short = row["short"] if row else []
    return explained(conn, (_shortfall(one) for one in short)) or Limited(account)


def claim(conn: Connection, wanted: Claim) -> Claimed | Refusal:
    """The claim as held, or every account that lacks room. The same claim again changes nothing.

    Raises:
        ClaimConflictError: The id stands for another claim, or for one that is over.
    """
    return _one(conn, wanted) or Claimed(wanted.id)


def resize(conn: Connection, claim_id: str, lines: Iterable[Line]) -> Claimed | Refusal:
    """The live claim with other lines, or every account that lacks room for its growth.

    Raises:
        ClaimConflictError: The claim is unknown or over.
    """
    return _one(conn, Resize(claim_id, tuple(lines))) or Claimed(claim_id)


def commit(conn: Connection, claim_id: str) -> None:
    """Nothing; what the claim holds exists now. Committing again changes nothing.

    Raises:
        ClaimConflictError: The claim is unknown or over.
    """
    settle(conn, [Commit(claim_id)])


def void(conn: Connection, claim_id: str) -> None:
    """Nothing; all is as if the held claim had never been. Voiding again changes nothing.

    Raises:
        ClaimConflictError: The claim is unknown, or was committed: then it is released.
    """
    settle(conn, [Void(claim_id)])


def release(conn: Connection, claim_id: str) -> None:
    """Nothing; the committed claim's room is free again. Releasing again changes nothing.

    Raises:
        ClaimConflictError: The claim is unknown, or only held: then it is voided.
    """
    settle(conn, [Release(claim_id)])


def balance(conn: Connection, account: AccountId) -> Account | None:
    """Limits and use of one account; None if it never had a limit."""
    row = conn.execute(statements("claims")["balance"], {"account": str(account)}).fetchone()
    return _account(row) if row else None


def balances(conn: Connection) -> dict[AccountId, Account]:
    """Limits and use of every account, in claiming order."""
    found = (_account(row) for row in conn.execute(statements("claims")["balances"]))
    return {account.id: account for account in found}


def claim_of(conn: Connection, claim_id: str) -> Claim | None:
    """The claim; None if there is none of that id."""
    row = conn.execute(statements("claims")["one_claim"], {"claim": claim_id}).fetchone()
    return _claim(row) if row else None


def known(conn: Connection, ids: Iterable[str]) -> frozenset[str]:
    """Which of the ids stand for a claim, be it over or not."""
    rows = conn.execute(statements("claims")["known"], {"claims": list(ids)})
    return frozenset(row["claim"] for row in rows)


def all_claims(conn: Connection) -> dict[str, Claim]:
    """Every claim by its id, those that are over included."""
    return {row["claim"]: _claim(row) for row in conn.execute(statements("claims")["all_claims"])}


def live_claims(conn: Connection) -> dict[str, Claim]:
    """Every claim that is not over, by its id, in one query."""
    found: dict[str, Claim] = {}
    for row in conn.execute(statements("claims")["live_claims"]):
        line = (Line(AccountId.parse(row["account"]), Amount(**row["amount"])),) if row["account"] else ()
        before = found[row["claim"]].lines if row["claim"] in found else ()
        found[row["claim"]] = Claim(
            row["claim"], row["holder"], (*before, *line), row["until"], ClaimState(row["state"])
        )
    return found


def set_holdings(conn: Connection, holdings: Iterable[Claim]) -> None:
    """Nothing; these claims hold exactly their lines and are committed. The limits must have room for all claims."""
    written = [
        {
            "claim": claim.id,
            "holder": claim.holder,
            "lines": [{"account": str(line.account), "amount": line.amount.parts()} for line in claim.lines],
        }
        for claim in holdings
    ]
    conn.execute(statements("claims")["set_holdings"], {"holdings": Jsonb(written)})


def commit_all(conn: Connection) -> None:
    """Nothing; every held claim is committed: the records that tell of them are written."""
    conn.execute(statements("claims")["commit_all"])


def miscounted(conn: Connection) -> tuple[AccountId, ...]:
    """Accounts whose counter is not what the live claims add up to. Anything here is a fault of the program."""
    return tuple(AccountId.parse(row["account"]) for row in conn.execute(statements("claims")["miscounted"]))


def _one(conn: Connection, step: Step) -> Refusal:
    (refusal,) = settle(conn, [step])
    return explained(conn, refusal)


def _shortfall(row: Mapping[str, Any]) -> Shortfall:
    return Shortfall(AccountId.parse(row["account"]), Amount(**row["wanted"]), Amount(**row["free"]), None)


def _account(row: Mapping[str, Any]) -> Account:
    parent = AccountId.parse(row["parent"]) if row["parent"] else None
    limits = (Amount(**row[name]) for name in ("ceiling", "keep", "used"))
    return Account(AccountId.parse(row["account"]), parent, *limits)


def _claim(row: Mapping[str, Any]) -> Claim:
    lines = tuple(Line(AccountId.parse(line["account"]), Amount(**line["amount"])) for line in row["lines"])
    return Claim(row["claim"], row["holder"], lines, row["until"], ClaimState(row["state"]))
