"""Quota and capacity as counters in the database: exact whoever claims at once, all lines of a claim or none.

The laws are those of `quotas.book`. Each call is one statement: call them outside a transaction of your own, or claim
once in it (two claims in one transaction could block another's for ever).
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from psycopg import errors
from psycopg.types.json import Jsonb

from broker.ledger.connect import Connection
from broker.ledger.statements import statements
from quotas.account import Account, AccountId, Line, check_limits, check_place, merged
from quotas.amount import NOTHING, Amount
from quotas.claim import Claim, ClaimConflictError, ClaimState
from quotas.shortfall import Holder, Shortfall, in_order

_CLAIM_CONFLICT = "GC002"
_NO_PARENT = "GC004"

Refusal = tuple[Shortfall, ...]
"""Every account that lacks room, all at once, in claiming order."""


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
    return _shortfalls(conn, _asked(conn, "limit", asked)) or Limited(account)


def claim(conn: Connection, wanted: Claim) -> Claimed | Refusal:
    """The claim as held, or every account that lacks room. The same claim again changes nothing.

    Raises:
        ClaimConflictError: The id stands for another claim, or for one that is over.
    """
    asked = {"claim": wanted.id, "holder": wanted.holder, "until": wanted.until, "lines": _written(wanted.lines)}
    return _shortfalls(conn, _asked(conn, "claim", asked)) or Claimed(wanted.id)


def resize(conn: Connection, claim_id: str, lines: Iterable[Line]) -> Claimed | Refusal:
    """The live claim with other lines, or every account that lacks room for its growth.

    Raises:
        ClaimConflictError: The claim is unknown or over.
    """
    asked = {"claim": claim_id, "lines": _written(merged(lines))}
    return _shortfalls(conn, _asked(conn, "resize", asked)) or Claimed(claim_id)


def commit(conn: Connection, claim_id: str) -> None:
    """Nothing; what the claim holds exists now. Committing again changes nothing.

    Raises:
        ClaimConflictError: The claim is unknown or over.
    """
    _asked(conn, "commit", {"claim": claim_id})


def void(conn: Connection, claim_id: str) -> None:
    """Nothing; all is as if the held claim had never been. Voiding again changes nothing.

    Raises:
        ClaimConflictError: The claim is unknown, or was committed: then it is released.
    """
    _asked(conn, "void", {"claim": claim_id})


def release(conn: Connection, claim_id: str) -> None:
    """Nothing; the committed claim's room is free again. Releasing again changes nothing.

    Raises:
        ClaimConflictError: The claim is unknown, or only held: then it is voided.
    """
    _asked(conn, "release", {"claim": claim_id})


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


def holders(conn: Connection, account: AccountId) -> tuple[Holder, ...]:
    """Who uses the account's room, the soonest end first. Their amounts add up to what is used."""
    rows = conn.execute(statements("claims")["holders"], {"account": str(account)})
    return in_order(
        Holder(row["name"], amount, row["claim"], row["until"]) for row in rows if (amount := Amount(**row["amount"]))
    )


def drifted(conn: Connection) -> tuple[AccountId, ...]:
    """Accounts whose counter is not what the live claims add up to. Anything here is a fault of the program."""
    return tuple(AccountId.parse(row["account"]) for row in conn.execute(statements("claims")["drifted"]))


def _asked(conn: Connection, statement: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    try:
        row = conn.execute(statements("claims")[statement], values).fetchone()
    except errors.DatabaseError as error:
        if error.sqlstate == _CLAIM_CONFLICT:
            raise ClaimConflictError(f"{error.diag.message_primary}; claim under a new id") from error
        if error.sqlstate == _NO_PARENT:
            raise ValueError(f"{error.diag.message_primary}; set that one first") from error
        raise
    return row.get("short", []) if row else []


def _shortfalls(conn: Connection, short: list[dict[str, Any]]) -> Refusal:
    return tuple(
        Shortfall(account, Amount(**one["wanted"]), Amount(**one["free"]), holders(conn, account))
        for one in short
        for account in [AccountId.parse(one["account"])]
    )


def _written(lines: Iterable[Line]) -> Jsonb:
    return Jsonb(
        [
            {"account": str(line.account), "level": line.account.level.value, "amount": asdict(line.amount)}
            for line in lines
        ]
    )


def _account(row: Mapping[str, Any]) -> Account:
    parent = AccountId.parse(row["parent"]) if row["parent"] else None
    limits = (Amount(**row[name]) for name in ("ceiling", "keep", "used"))
    return Account(AccountId.parse(row["account"]), parent, *limits)


def _claim(row: Mapping[str, Any]) -> Claim:
    lines = tuple(Line(AccountId.parse(line["account"]), Amount(**line["amount"])) for line in row["lines"])
    return Claim(row["claim"], row["holder"], lines, row["until"], ClaimState(row["state"]))
