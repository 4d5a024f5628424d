"""What a compulsory measure does to a system (C-6(五)). There is one way of stopping for all orders: `halt`."""

from dataclasses import replace

from broker.documents.security import CompulsoryMeasureOrderSpec
from broker.estate import lifecycle
from broker.estate.step import Change, changed, go_on, halt
from broker.estate.system import HALTED, RUNNING, System

CLOSABLE = RUNNING | HALTED
"""Stages in which public access can be closed: what exits or is not there yet serves nobody."""


def imposed(spec: CompulsoryMeasureOrderSpec, order: str) -> Change | None:
    """What the order does to each of its systems; None where people carry it out."""
    match spec.action:
        case "stop":
            return halt(lifecycle.MEASURE, order)
        case "close_public_access":
            return changed(order, lambda system: _closed(system, order))
        case "other":
            return None


def ended(spec: CompulsoryMeasureOrderSpec, order: str, document: str) -> Change | None:
    """What the end of the order does to each of its systems: what stood still goes on, what was closed opens."""
    match spec.action:
        case "stop":
            return go_on(lifecycle.RESUMPTION, document, order)
        case "close_public_access":
            return changed(document, lambda system: _opened(system, order))
        case "other":
            return None


def under(system: System, order: str) -> bool:
    """Whether the order holds for the system: it stands still by it, or its public addresses are closed by it."""
    return system.suspended_by == order or order in system.closed_by


def _closed(system: System, order: str) -> System:
    if system.lifecycle not in CLOSABLE or order in system.closed_by:
        return system
    return replace(system, closed_by=(*system.closed_by, order))


def _opened(system: System, order: str) -> System:
    return replace(system, closed_by=tuple(other for other in system.closed_by if other != order))
