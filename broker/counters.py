"""A round of admission on the ledger: the counters follow it in one transaction, its outcomes wait to be recorded.

One process at a time, in the order of records: a round that was decided on old news, or before another's outcomes are
recorded, changes nothing and is held again from the newest head.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import psycopg

from broker.booking import Behind, Booking, Movement, Taken, above, used
from broker.canonical import Json, digest
from broker.documents.records import Admitted, Record, written
from broker.errors import OperatorError
from broker.ledger import admissions, audit, claims, outbox, rounds
from broker.ledger.audit import Entry
from broker.ledger.connect import Connection
from broker.ledger.rounds import Round
from broker.ledger.settle import explained, settle
from quotas.account import AccountId
from quotas.amount import NOTHING, Amount
from quotas.claim import Claim
from quotas.step import Resize

Write = Callable[[tuple[Record, ...]], int]
"""Puts records on their branch; how many of them were not there yet."""
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


def publish(conn: Connection, records: tuple[Record, ...], write: Write, patience_s: float, holder: str) -> None:
    """Nothing; `write` has put the records on their branch, with every outcome that waits, each once.

    Of the records given, outcomes that no longer wait are left out: another process wrote them. `write` is asked even
    where there is none: audit entries may wait to be published.
    """
    with rounds.alone(conn, patience_s):
        waiting = admissions.unpushed(conn)
        others = tuple(record for record in records if not isinstance(record, Admitted))
        batch = (*others, *(_record(one) for one in waiting))
        added = write(batch)
        if batch:
            admissions.mark_pushed(conn, (one.sequence for one in waiting))
            claims.commit_all(conn)
            rounds.wrote(conn, added)
            audit.append_all(conn, (_recorded(record, holder) for record in others))


def _take(conn: Connection, asked: Booking, follows: Follows, holder: str) -> Taken | Behind:
    # 1. Only on the newest news.
    unpushed = admissions.unpushed(conn)
    recorded = [one.sequence for one in unpushed if one.document in asked.recorded]
    admissions.mark_pushed(conn, recorded)
    if waiting := [one for one in unpushed if one.document not in asked.recorded]:
        return Behind("outcomes of another process are not yet recorded", tuple(_record(one) for one in waiting))
    if recorded:
        claims.commit_all(conn)  # who wrote them died before he could say so
    last = rounds.newest(conn)
    if last and asked.records < last.records:
        return Behind(f"{last.records} records are written, this round was decided on {asked.records}")
    if last and not follows(last.head, asked.head):
        return Behind(f"a round was held at {last.head[:12]}, this one was decided on the older {asked.head[:12]}")
    # 2. What the documents hold at this instant, whatever happened since the last round.
    moved_by_time = follow(conn, asked.limits, asked.before)
    # 3. What each outcome changes, in the order of main.
    for moved in _named_once(claim for movement in asked.movements for claim in movement.claims):
        _hold(conn, moved)
    for movement in asked.movements:
        admissions.record(conn, _admission(movement.admitted))
    # 4. What parties are told of them; where that cannot be queued, there are no outcomes either.
    told = [outbox.put(conn, notice, holder, asked.as_of) for m in asked.movements for notice in m.notices]
    rounds.advance(conn, Round(asked.head, asked.records, asked.as_of))
    if moved_by_time:
        audit.append(conn, _followed(moved_by_time, asked, holder))
    audit.append_all(conn, (_entry(movement, holder) for movement in asked.movements))
    audit.append_all(conn, (entry for entries in told for entry in entries))
    return Taken()


def follow(conn: Connection, limits: Mapping[AccountId, Amount], holdings: Mapping[str, Claim]) -> dict[str, Json]:
    """What was changed: limits and claims are those of the documents. What is over its limit stays and gets no more.

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
    set_: dict[str, Json] = {str(id_): _parts(to) for id_, to in sorted(ceilings.items()) if known.get(id_) != to}
    held: dict[str, Json] = {
        claim.id: {str(line.account): _parts(line.amount) for line in claim.lines} for claim in changed
    }
    return {"limits": set_, "claims": held} if set_ or held else {}


def _limit(conn: Connection, ceilings: Mapping[AccountId, Amount], known: Mapping[AccountId, Amount]) -> None:
    """The highest accounts first: one below needs the one above."""
    for account in sorted((id_ for id_, ceiling in ceilings.items() if known.get(id_) != ceiling), reverse=True):
        answer = claims.set_limit(conn, account, above(account), ceilings[account])
        if isinstance(answer, tuple):
            raise CountersDisagree(f"setting the limit of {account}: {_told(answer)}; run `broker rebuild`")


def _named_once(moved: Iterable[Claim]) -> Iterator[list[Claim]]:
    """The claims in their order, cut before every one that is named again."""
    part: dict[str, Claim] = {}
    for claim in moved:
        if claim.id in part:
            yield list(part.values())
            part = {}
        part[claim.id] = claim
    if part:
        yield list(part.values())


def _hold(conn: Connection, moved: Sequence[Claim]) -> None:
    """Nothing; each claim holds exactly its lines, the earlier ones first.

    Raises:
        _NoRoomError: One finds no room beside those before it.
    """
    known = claims.known(conn, (claim.id for claim in moved))
    steps = [Resize(claim.id, claim.lines) if claim.id in known else claim for claim in moved]
    with conn.transaction() as before:
        answers = settle(conn, steps)
        first = next((number for number, short in enumerate(answers) if short), None)
        if first is not None:
            raise psycopg.Rollback(before)
    if first is not None:
        settle(conn, steps[:first])  # who holds the room is told as it stands for the first that lacks it
        raise _NoRoomError(f"{moved[first].id} finds no room: {_told(explained(conn, answers[first]))}")


def _told(refusal: Iterable[object]) -> str:
    return "; ".join(str(shortfall) for shortfall in refusal)


def _admission(record: Admitted) -> admissions.Admission:
    return admissions.Admission(record.sequence, record.document, record.admitted, record.as_of, written(record))


def _entry(movement: Movement, holder: str) -> Entry:
    """The audit entry of one outcome: who filed and who signed stand in it, who admitted is the broker."""
    record = movement.admitted
    return Entry(
        at=record.as_of,
        actor=holder,
        role="broker",
        request=record.document,
        action="admit" if record.admitted else "refuse",
        digest=record.document,
        body={
            "id": record.id,
            "commit": record.commit,
            "sequence": record.sequence,
            "rule_set": record.rule_set,
            "reasons": [reason.code for reason in record.reasons],
            "filed_by": movement.filed_by,
            "signed_by": list(movement.signed_by),
            **({"act": movement.act} if movement.act else {}),
        },
    )


def _followed(changed: dict[str, Json], asked: Booking, holder: str) -> Entry:
    """The audit entry of what the counters follow without a document of this round: a day came, a ledger was new."""
    request = f"round:{asked.head}"
    return Entry(asked.as_of, holder, "broker", request, "follow", digest(changed), changed)


def _recorded(record: Record, holder: str) -> Entry:
    """The audit entry of a record that is on its branch now. The record itself holds the rest, signed there."""
    whole = written(record)
    told: dict[str, Json] = {name: value for name, value in whole.items() if isinstance(value, str | int)}
    at = datetime.fromisoformat(str(told.get("at") or told["as_of"]))
    about = str(told.get("stack") or told.get("document") or record.type)
    return Entry(at, holder, "broker", about, record.type, digest(whole), told)


def _parts(amount: Amount) -> Json:
    return dict(amount.parts())


def _record(admission: admissions.Admission) -> Admitted:
    return Admitted.model_validate_json(json.dumps(admission.record))
