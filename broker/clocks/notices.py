"""Clocks that a notice carries in itself: how long before a window it must come, and the limit that it sets."""

from collections.abc import Iterator

from broker.clock import day_of
from broker.clocks.clock import Span
from broker.clocks.papers import Papers
from broker.documents.operation import MaintenanceNoticeSpec, TemporaryInterruptionRequestSpec
from broker.documents.records import NoticeFailed, NoticeServed
from broker.documents.security import RectificationAcceptanceSpec, RectificationNoticeSpec
from broker.registry.rectification import acceptances


def maintenance(papers: Papers) -> Iterator[Span]:
    """Each maintenance notice: it came when it was received (C-19)."""
    for notice in papers.of(MaintenanceNoticeSpec):
        came, day = papers.received(notice), day_of(notice.spec.starts_at)
        yield Span(notice.id, notice.spec.provider, came, came, day=day)


def interruptions(papers: Papers) -> Iterator[Span]:
    """Each form for a planned interruption; under special circumstances there is no limit (C-21)."""
    for form in papers.of(TemporaryInterruptionRequestSpec):
        if not form.spec.urgent:
            came, day = papers.received(form), day_of(form.spec.starts_at)
            yield Span(form.id, form.spec.provider, came, came, day=day)


def unit_rectifications(papers: Papers) -> Iterator[Span]:
    """Each rectification notice to a unit, up to the office's acceptance (C-6(五))."""
    yield from _rectifications(papers, papers.units)


def provider_rectifications(papers: Papers) -> Iterator[Span]:
    """Each rectification notice to a provider, up to its re-assessment (C-29)."""
    yield from _rectifications(papers, papers.providers)


def undelivered(papers: Papers) -> Iterator[Span]:
    """Each notice that a channel gave up, until its parties have it: the office must see to that."""
    backwards = papers.registry.records[::-1]  # the first of several counts
    served = {record.notice: record.at for record in backwards if isinstance(record, NoticeServed)}
    failed = {record.notice: record.at for record in backwards if isinstance(record, NoticeFailed)}
    office = papers.holder("cloud_office")
    return (Span(notice, office, at, served.get(notice)) for notice, at in failed.items())


def _rectifications(papers: Papers, addressees: tuple[str, ...]) -> Iterator[Span]:
    accepted = acceptances(papers.registry, papers.of(RectificationAcceptanceSpec))
    for notice in papers.of(RectificationNoticeSpec):
        if notice.spec.addressee in addressees:
            came, met = papers.received(notice), accepted.get(papers.registry.first(notice.id))
            stopped = papers.received(met) if met is not None else None
            yield Span(notice.id, notice.spec.addressee, came, stopped, day=notice.spec.limit)
