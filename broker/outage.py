"""Records while the git host is away: outcomes are not made, facts wait in the ledger and are recorded later."""

import json
from collections.abc import Callable
from dataclasses import replace

from pydantic import TypeAdapter

from broker.documents.records import Admitted, Received, Record, written
from broker.ledger import facts, rounds
from broker.ledger.connect import Connection
from broker.registry.filed import Registry
from broker.registry.host import HostAway

_RECORD: TypeAdapter[Record] = TypeAdapter(Record)


def append(
    conn: Connection,
    records: tuple[Record, ...],
    publish: Callable[[tuple[Record, ...]], None],
    patience_s: float,
) -> None:
    """Nothing; `publish` has written the records, after what waited. With the git host away, facts are kept instead.

    Raises:
        HostAway: Outcomes or receipts cannot be recorded now; nothing may be done on them.
    """
    try:
        with rounds.alone(conn, patience_s):
            waiting = facts.waiting(conn)
            publish((*map(_record, waiting), *records))
            facts.recorded(conn, waiting)
    except HostAway:
        if any(isinstance(record, Admitted | Received) for record in records):
            raise
        facts.keep(conn, map(written, records))


def known(conn: Connection, registry: Registry) -> Registry:
    """The registry with the facts that wait."""
    waiting = tuple(map(_record, facts.waiting(conn)))
    return replace(registry, records=(*registry.records, *waiting), waiting=len(waiting)) if waiting else registry


def _record(fact: facts.Fact) -> Record:
    return _RECORD.validate_json(json.dumps(fact.record))
