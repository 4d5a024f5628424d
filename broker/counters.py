"""A round of admission on the ledger: the counters follow it in one transaction, its outcomes wait to be recorded.

One process at a time, in the order of records: a round that was decided on old news, or before another's outcomes are
recorded, changes nothing and is held again from the newest head.
"""

import json
from collections.abc import Callable, Iterable, Mapping

from psycopg.errors import CheckViolation

from broker.booking import Behind, Booking, Taken, above, used
from broker.documents.records import Admitted, Record
from broker.errors import OperatorError
from broker.ledger import admissions, audit, claims, rounds
from broker.ledger.audit import Entry
from broker.ledger.connect import Connection
from broker.ledger.rounds import Round
from quotas.account import AccountId
from quotas.amount import NOTHING, Amount
from quotas.claim import Claim

MANY = 50
"""Above so many changes of claims in a round they are set at once, and one by one only to say what lacks room."""

Follows = Callable[[str, str], bool]
"""Whether the second commit is the first or comes after it in the order of main; False: it is an older one."""


class CountersDisagree(OperatorError):
    """The counters of the ledger and the documents do not fit: a fault of the program, or a hand in the database."""


class _NoRoomError(Exception):
    """Undoes the round's transaction; the text says what is lacking."""


def take(conn: Connection, asked: Booking, follows: Follows, holder: str, patience_s: float) -> Taken | Behind:
    """The round, taken as a whole, or why it has to be held again.

    Raises:
        RegistryBroken: `follows` says that history was rewritten.
        CountersDisagree: A limit cannot be set although no use stands against it.
        AdmittedOtherwise: A document has another outcome already.
    """
    try:
        with rounds.alone(conn, patience_s):
            return _take(conn, asked, follows, holder)
    except _NoRoomError as short:
        return Behind(str(short))


def publish(
    conn: Connection, records: tuple[Record, ...], write: Callable[[tuple[Record, ...]], None], patience_s: float
) -> None:
    """Nothing; `write` has put the records on their branch, with every outcome that waits, each once.

    Of the records given, outcomes that no longer wait are left out: another process wrote them.
    """
    with rounds.alone(conn, patience_s):
        waiting = admissions.unpushed(conn)
        others = tuple(record for record in records if not isinstance(record, Admitted))
        batch = (*others, *(_record(one) for one in waiting))
        if batch:
            write(batch)
        admissions.mark_pushed(conn, (one.sequence for one in waiting))
        claims.commit_all(conn)
        rounds.wrote(conn, len(batch))


def _take(conn: Connection, asked: Booking, follows: Follows, holder: str) -> Taken | Behind:
    # 1. Only on the newest news.
    unpushed = admissions.unpushed(conn)
    admissions.mark_pushed(conn, (one.sequence for one in unpushed if one.document in asked.recorded))
    if waiting := [one for one in unpushed if one.document not in asked.recorded]:
        return Behind("outcomes of another process are not yet recorded", tuple(_record(one) for one in waiting))
    last = rounds.newest(conn)
    if last and asked.records < last.records:
        return Behind(f"{last.records} records are written, this round was decided on {asked.records}")
    if last and not follows(last.head, asked.head):
        return Behind(f"a round was held at {last.head[:12]}, this one was decided on the older {asked.head[:12]}")
    # 2. What the documents hold at this instant, whatever happened since the last round.
    follow(conn, asked.limits, asked.before)
    # 3. What each outcome changes, in the order of main.
    moved = [claim for movement in asked.movements for claim in movement.claims]
    if not (len(moved) > MANY and _all_at_once(conn, asked)):
        for claim in moved:
            _hold(conn, claim)
    for movement in asked.movements:
        admissions.record(conn, _admission(movement.admitted))
    rounds.advance(conn, Round(asked.head, asked.records, asked.as_of))
    for movement in asked.movements:
        audit.append(conn, _entry(movement.admitted, holder))
    return Taken()


def _all_at_once(conn: Connection, asked: Booking) -> bool:
    """Whether there is room for all that is held in the end; each by itself updates one account again and again."""
    after = tuple(asked.after.values())
    if not claims.balances(conn).keys() >= used(after).keys():
        return False  # an account without a limit has no room
    try:
        with conn.transaction():
            claims.set_holdings(conn, after)
    except CheckViolation:
        return False
    return True


def follow(conn: Connection, limits: Mapping[AccountId, Amount], holdings: Mapping[str, Claim]) -> None:
    """Nothing; limits and claims are those of the documents. What is over its limit stays and gets no more.

    Raises:
        CountersDisagree: A limit is refused although it has room for all that is used.
    """
    live, present = claims.live_claims(conn), claims.balances(conn)
    wanted = {id_: holdings.get(id_, Claim(id_, claim.holder, ())) for id_, claim in live.items()} | dict(holdings)
    changed = [claim for id_, claim in wanted.items() if id_ not in live or live[id_].lines != claim.lines]
    after = used(wanted.values())
    known = {id_: account.ceiling for id_, account in present.items()}
    ceilings = {id_: limits.get(id_, NOTHING).at_least(after.get(id_, NOTHING)) for id_ in {*known, *limits, *after}}
    raised = {id_: ceiling.at_least(known.get(id_, NOTHING)) for id_, ceiling in ceilings.items()}
    _limit(conn, raised, known)
    if changed:
        claims.set_holdings(conn, changed)
    _limit(conn, ceilings, raised)


def _limit(conn: Connection, ceilings: Mapping[AccountId, Amount], known: Mapping[AccountId, Amount]) -> None:
    """The highest accounts first: one below needs the one above."""
    for account in sorted((id_ for id_, ceiling in ceilings.items() if known.get(id_) != ceiling), reverse=True):
        answer = claims.set_limit(conn, account, above(account), ceilings[account])
        if isinstance(answer, tuple):
            raise CountersDisagree(f"setting the limit of {account}: {_told(answer)}; run `broker rebuild`")


def _hold(conn: Connection, claim: Claim) -> None:
    known = claims.claim_of(conn, claim.id)
    answer = claims.resize(conn, claim.id, claim.lines) if known else claims.claim(conn, claim)
    if isinstance(answer, tuple):
        raise _NoRoomError(f"{claim.id} finds no room: {_told(answer)}")


def _told(refusal: Iterable[object]) -> str:
    return "; ".join(str(shortfall) for shortfall in refusal)


def _admission(record: Admitted) -> admissions.Admission:
    written = record.model_dump(mode="json", exclude_none=True)
    return admissions.Admission(record.sequence, record.document, record.admitted, record.as_of, written)


def _entry(record: Admitted, holder: str) -> Entry:
    action = "admit" if record.admitted else "refuse"
    return Entry(
        at=record.as_of,
        actor=holder,
        role="broker",
        request=record.document,
        action=action,
        body={
            "id": record.id,
            "document": record.document,
            "sequence": record.sequence,
            "rule_set": record.rule_set,
            "reasons": [reason.code for reason in record.reasons],
        },
    )


def _record(admission: admissions.Admission) -> Admitted:
    return Admitted.model_validate_json(json.dumps(admission.record))
