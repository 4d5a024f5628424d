"""The table says everything that is asked of a clock."""

from broker.clocks.papers import papers_of
from broker.clocks.read import read
from broker.clocks.table import CLOCKS
from broker.documents.fields import Article, Part
from broker.documents.organisations import RoleHeld
from tests.fixtures.clock_desk import CALENDAR, moment
from tests.fixtures.demo_district import registry


class _Cited(Part):
    article: Article


def test_no_two_clocks_have_one_name() -> None:
    assert len({clock.id for clock in CLOCKS}) == len(CLOCKS)


def test_every_clock_cites_its_article_and_says_who_from_when_to_what_and_what_expiry_means() -> None:
    for clock in CLOCKS:
        _Cited(article=clock.article)
        RoleHeld.model_validate_json(f'{{"role": "{clock.role}", "valid_from": "2026-01-01"}}')
        assert all((clock.title_zh, clock.starts, clock.stops, clock.expiry))


def test_no_expiry_is_a_consent() -> None:
    words = ("approved", "consented", "accepted", "granted")
    assert [clock.id for clock in CLOCKS if any(word in clock.expiry for word in words)] == []


def test_without_records_the_dates_on_the_papers_count() -> None:
    papers = papers_of(registry(), moment("2026-11-23T12:00"))
    due = {(r.clock.id, r.span.subject): r.last_day.isoformat() for r in read(CLOCKS, papers, CALENDAR)}
    assert due["change", "enrolment-elastic-2026"] == "2026-05-26"
    assert due["change", "urban-v2-scale-down-2026"] == "2026-09-16"
    assert due["exit", "urban-v1-exit-2026"] == "2026-10-15"


def test_reading_twice_gives_the_same() -> None:
    papers = papers_of(registry(), moment("2026-11-23T12:00"))
    assert read(CLOCKS, papers, CALENDAR) == read(CLOCKS, papers, CALENDAR)
