"""What systems were allocated since metering began, as counters: from the ledger's intervals, never from samples."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from broker.ledger.intervals import Deployment
from monitoring import catalogue
from monitoring.books import GIB
from monitoring.family import Sample

SETTLED_AFTER = timedelta(hours=1)
"""What a run ends is written once the run is over, with the moment at which it ended. A counter that had counted on
until now would have to go back, and Prometheus takes a counter that goes back for one that began anew. A run that takes
longer is waited for: `broker.ledger.usage.settled`."""


def samples(totals: Mapping[Deployment, Mapping[str, float]]) -> Iterator[Sample]:
    """`totals`: amounts times seconds of each deployment, by head of `Amount`."""
    for of, heads in totals.items():
        place = (of.unit, of.system, of.zone, of.provider)
        yield Sample(catalogue.METERED_VCPU, place, heads["vcpu"])
        yield Sample(catalogue.METERED_MEMORY, place, heads["memory_gib"] * GIB)
        # the amount counts what is of high performance among all block storage; classes that are summed must not
        fast = heads["block_high_performance_gib"]
        classes = {"standard": heads["block_gib"] - fast, "high_performance": fast, "object": heads["object_gib"]}
        for storage_class, value in classes.items():
            yield Sample(catalogue.METERED_STORAGE, (*place, storage_class), value * GIB)
