"""What a month says of months before it: corrections by late data, and what became of their advice."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from broker.documents.platform import ServiceContractSpec
from broker.ledger.usage import Usage
from monitoring.metering.advice import Circumstances
from monitoring.metering.allocation import Taken, summed, taken
from monitoring.metering.facts import Advice, Correction, MonthFacts, Realised
from monitoring.metering.period import Month
from monitoring.metering.showback import cost_of, difference, items_of, priced

Place = tuple[str, str, str, str]


def corrections(
    earlier: Sequence[MonthFacts], usages: Sequence[Usage], contracts: Iterable[ServiceContractSpec]
) -> tuple[Correction, ...]:
    """Of each closed month what the ledger now says otherwise than the month, and its corrections so far, do."""
    known = tuple(contracts)
    found = [line for facts in earlier for line in _of_month(facts, earlier, usages, known)]
    return tuple(sorted(found, key=lambda c: (c.month, c.unit, c.system, c.zone, c.provider, c.head)))


def realised(
    before: MonthFacts | None,
    parts: Sequence[Taken],
    around: Mapping[str, Circumstances],
    contracts: Iterable[ServiceContractSpec],
    month: Month,
) -> tuple[Realised, ...]:
    """What the allocation at the month's end shows of each advice of the month before."""
    if before is None:
        return ()
    known = tuple(contracts)
    had = {one.external_id: one.amount for one in before.resources}
    there = {part.external_id: part for part in parts if part.existed[-1].end_s == month.span.end_s}

    def of_advice(one: Advice) -> Realised:
        part, case = there.get(one.external_id), around.get(one.external_id)
        has = part.amount.parts() if part else {}
        saving = {head: had[one.external_id].get(head, 0) - has.get(head, 0) for head in one.saving}
        contract = priced(one.provider, known, month.span)[-1].contract
        state = "carried_out" if any(saving.values()) else case.answered if case else one.state
        return Realised(one.id, state, saving, difference(saving, contract))

    return tuple(of_advice(one) for one in before.advice)


def _of_month(
    facts: MonthFacts,
    earlier: Sequence[MonthFacts],
    usages: Sequence[Usage],
    contracts: tuple[ServiceContractSpec, ...],
) -> Iterator[Correction]:
    month = Month.read(facts.month)
    said: dict[tuple[Place, str], int] = Counter()
    for system in facts.systems:
        for head, amount_s in system.amount_s.items():
            said[(system.unit, system.system, system.zone, system.provider), head] += amount_s
    for other in earlier:
        for line in other.corrections:
            if line.month == facts.month:
                said[(line.unit, line.system, line.zone, line.provider), line.head] += line.amount_s
    now = {
        (place, head): amount_s
        for place, heads in summed(taken(usages, month.span)).items()
        for head, amount_s in heads.items()
    }
    for place, head in sorted(said.keys() | now.keys()):
        changed = now.get((place, head), 0) - said.get((place, head), 0)
        if changed:
            unit, name, zone, provider = place
            contract = priced(provider, contracts, month.span)[-1].contract
            cost = _cost(head, changed, contract, month)
            yield Correction(facts.month, unit, name, zone, provider, head, changed, cost)


def _cost(head: str, changed: int, contract: ServiceContractSpec | None, month: Month) -> str | None:
    """At the price of the month's end; the fast part of block storage is another item than the rest."""
    if head == "block_high_performance_gib":
        fast = cost_of("block-high-performance", changed, contract, month.span)
        slow = cost_of("block-standard", changed, contract, month.span)
        return None if fast is None or slow is None else str(Decimal(fast) - Decimal(slow))
    (item,) = items_of({head: 1})
    return cost_of(item, changed, contract, month.span)
