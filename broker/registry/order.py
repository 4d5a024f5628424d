"""The order of documents that one commit brings: what others stand on comes first, whatever the files are called."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Final, TypeVar

from broker.documents.envelope import Document, Nature, Spec
from broker.documents.kinds import SPECS

_STAGE: Final = {nature: n for n, nature in enumerate(Nature)}
_ORDERS: Final = (
    "RectificationNotice",
    "RectificationAcceptance",
    "GoLive",
    "SuspensionOrder",
    "HarmInterruptionOrder",
    "CompulsoryMeasureOrder",
    "ResumptionOrder",
    "ServiceRestoration",
)
"""Decisions that stand on evidence, each after those that it stands on: what is accepted opens the way for a go-live
and for the end of an order, and nothing ends before it began."""
_KIND: Final = {spec.kind: n for n, spec in enumerate(SPECS)}
T = TypeVar("T")


def rank(document: Document[Spec], path: str) -> tuple[bool, date, int, int, str]:
    """By which documents of one commit are sorted (decision 0009).

    Foundation first; then by the date on the paper, so that a registry filed at once keeps its history; of one date
    filings before decisions before evidence before orders; then by kind in the order of the procedure; then by path.
    """
    kind, nature = document.kind, document.spec.nature
    stage, place = (len(_STAGE), _ORDERS.index(kind)) if kind in _ORDERS else (_STAGE[nature], _KIND[kind])
    return nature is not Nature.FOUNDATION, document.metadata.filed_on, stage, place, path


def places(items: Sequence[T], free: Iterable[int], recorded: Mapping[T, int]) -> dict[T, int]:
    """A place for each item of a commit, in their order; an item that was recorded at one of these places keeps it.

    `free` are at least as many places, in ascending order.

    So documents that were judged under another order stay where they were: records decide once.
    """
    left = dict.fromkeys(free)
    kept: dict[T, int] = {}
    for item in items:
        place = recorded.get(item)
        if place is not None and place in left:
            kept[item] = place
            del left[place]
    rest = (item for item in items if item not in kept)
    return kept | dict(zip(rest, left, strict=False))  # files that are no documents have places too


def kept_apart(sequence: Mapping[T, int], judged: Mapping[T, int], taken: Collection[int]) -> dict[T, int]:
    """The same places; where another history took the place of the one judged, what was judged has its recorded one.

    There a new document may stand where a judged one stood, which may even be gone: it and what comes after it are put
    behind everything. `judged`: the recorded places of what is there; `taken`: those of all that ever was.
    """
    there = {place for item, place in judged.items() if sequence[item] == place}
    recorded = {item: place for item, place in judged.items() if sequence[item] == place or place not in there}
    strange = [
        place
        for item, place in sequence.items()
        if recorded.get(item, place) != place or (item not in recorded and place in taken)
    ]
    if not strange:
        return dict(sequence)
    end, first = max(*taken, *sequence.values()) + 1, min(strange)
    return {
        item: recorded.get(item, place if place < first and place not in taken else end + place)
        for item, place in sequence.items()
    }
