"""Orders that change nothing, told at the door: what stands in the way of each."""

from collections.abc import Iterable, Iterator
from itertools import chain

from broker.admit import Outcome
from broker.estate.fold import admissions_of
from broker.estate.moot import moot_orders
from broker.problem import Problem, Severity
from broker.registry.filed import Registry


def orders(registry: Registry, outcomes: Iterable[Outcome]) -> Iterator[Problem]:
    """A notice for each system to which an admitted order does nothing, now or at its own instant (C-6(五), C-17).

    `outcomes`: of the documents that no record tells of yet.
    """
    records = chain(registry.records, (outcome.admitted for outcome in outcomes))
    for moot in moot_orders(registry.filed, admissions_of(records)):
        if (order := registry.get(moot.order)) is not None:
            yield Problem(order.place(moot.field), "ORDER_MOOT", moot.fact, moot.cure, severity=Severity.NOTICE)
