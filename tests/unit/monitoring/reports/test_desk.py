"""Issuing: kept for party and recipient alone, the same bytes for ever, on record once all is made."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from broker.attachments.rights import may_read
from broker.attachments.store import FolderStore
from broker.documents.closings import MonthClosed
from broker.documents.issuing import FORMATS, ReportIssued
from broker.errors import AttachmentMissing, SettingsError
from broker.ledger.months import ClosedMonth
from broker.registry.filed import Registry
from monitoring.metering.facts import digest_of, written
from monitoring.reports.desk import CLASS, Desk, NotClosed, issue
from monitoring.reports.fonts import FILES, folders
from monitoring.reports.formats.pdf import Press
from tests.unit.monitoring.metering.month import OCTOBER, registry
from tests.unit.monitoring.reports.october import CLOSED_AT, october, papers_of_october

KEPT = ClosedMonth("2026-10", digest_of(october()), written(october()), CLOSED_AT)
PLAIN = registry(papers_of_october())
Asked = tuple[str, str]
HEALTH: Asked = ("provider-a", "health")


class Killed(Exception):
    pass


def forbidden() -> Press:
    raise AssertionError("nothing is to be printed")


@pytest.fixture
def issued() -> list[ReportIssued]:
    return []


@pytest.fixture
def desk(tmp_path: Path, report_press: Press, issued: list[ReportIssued]) -> Callable[[], Desk]:
    """A desk that has read the records as they are now."""
    return lambda: Desk(
        registry=replace(PLAIN, records=(*PLAIN.records, *issued)),
        closed=lambda month: KEPT if month == KEPT.month else None,
        store=FolderStore(tmp_path),
        record=issued.extend,
        press=lambda: report_press,
        clock=lambda: CLOSED_AT,
    )


def test_what_was_issued_is_kept_for_party_and_recipient_and_given_back(
    desk: Callable[[], Desk], issued: list[ReportIssued], tmp_path: Path
) -> None:
    (first,) = issue(desk(), "provider", OCTOBER, *HEALTH)
    assert (first.fresh, first.issued.party, first.issued.recipient) == (True, *HEALTH)
    assert issued == [first.issued]
    assert tuple(file.format for file in first.issued.files) == FORMATS
    owners = {path.parent.name for path in tmp_path.rglob("*") if path.is_file()}
    assert (owners, {path.name for path in tmp_path.iterdir()}) == (set(HEALTH), {CLASS})
    (again,) = issue(replace(desk(), press=forbidden), "provider", OCTOBER, *HEALTH)
    assert (again.fresh, again.files, again.issued) == (False, first.files, first.issued)
    assert len(issued) == 1


def test_no_other_unit_or_provider_may_read_its_class() -> None:
    assert may_read("unit", "health", CLASS, "health")
    assert not may_read("unit", "education", CLASS, "health")
    assert not may_read("provider", "provider-b", CLASS, "provider-a")


def test_a_run_that_was_killed_records_nothing_and_the_next_makes_the_same_bytes(
    desk: Callable[[], Desk], issued: list[ReportIssued]
) -> None:
    def killed(_issued: tuple[ReportIssued, ...]) -> None:
        raise Killed

    broken = issue(replace(desk(), record=killed), "provider", OCTOBER, *HEALTH)
    first = next(broken)
    with pytest.raises(Killed):
        next(broken)
    assert issued == []
    (again,) = issue(desk(), "provider", OCTOBER, *HEALTH)
    assert (again.fresh, again.files) == (True, first.files)


def test_a_file_that_was_changed_in_the_store_is_not_given_out(desk: Callable[[], Desk], tmp_path: Path) -> None:
    (first,) = issue(desk(), "provider", OCTOBER, *HEALTH)
    digest = first.issued.files[0].digest.removeprefix("sha256:")
    (tmp_path / CLASS / "health" / digest).write_bytes(b"<html>forged</html>")
    with pytest.raises(AttachmentMissing, match="the store has another content under it"):
        list(issue(desk(), "provider", OCTOBER, *HEALTH))


def test_a_month_that_is_not_closed_has_no_report(desk: Callable[[], Desk]) -> None:
    with pytest.raises(NotClosed, match="2026-11: it is not closed; run `broker close-month 2026-11` first"):
        list(issue(desk(), "ops", OCTOBER.next))


def test_facts_that_are_not_those_on_record_make_no_report(desk: Callable[[], Desk]) -> None:
    record = MonthClosed(
        month="2026-10",
        facts="sha256:" + "0" * 64,
        size_bytes=1,
        policy="utilisation-1",
        policy_digest="sha256:" + "0" * 64,
        registry="0",
        at=CLOSED_AT,
    )
    forged = Registry(PLAIN.head, PLAIN.filed, (*PLAIN.records, record))
    with pytest.raises(NotClosed, match="restore the ledger whose facts are on record"):
        list(issue(replace(desk(), registry=forged), "ops", OCTOBER))


def test_fonts_that_are_missing_or_others_are_all_named(tmp_path: Path, report_fonts: tuple[Path, ...]) -> None:
    given = tmp_path / "fonts"
    given.mkdir()
    with pytest.raises(SettingsError) as none:
        folders(given, tmp_path)
    assert all(f"there is no {name}" in str(none.value) for name in FILES)
    for name in FILES:
        (given / name).symlink_to(next(folder / name for folder in report_fonts if (folder / name).exists()))
    assert folders(given, tmp_path) == (given,)
    (given / "wqy-zenhei.ttc").unlink()
    (given / "wqy-zenhei.ttc").write_bytes(b"another")
    with pytest.raises(SettingsError, match=r"wqy-zenhei\.ttc is another version than reports are set with"):
        folders(given, tmp_path)
