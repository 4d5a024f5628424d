"""How wide columns are: no figure is broken, the widths make up the whole, and what has room keeps its share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.reports.figures import count, ratio, word
from monitoring.reports.formats.chart import svg
from monitoring.reports.formats.widths import ems, heading, lines, on_paper, widths
from monitoring.reports.paper import Bar, Cell, Chart, Column
from tests.unit.monitoring.reports.october import KINDS, around_october, papers

WHOLE = 49.0
CELLS = st.one_of(
    st.integers(0, 10**9).map(count), st.floats(0, 1).map(ratio), st.text("政务外网区ab-_/. ", max_size=30).map(word)
)


def columns(n: int) -> tuple[Column, ...]:
    return tuple(Column("已准入数量", 1 + at % 5) for at in range(n))


@given(st.integers(1, 12).flatmap(lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), min_size=1, max_size=5)))
def test_the_columns_make_up_the_whole_and_none_is_without_room(rows: list[list[Cell]]) -> None:
    found = widths(columns(len(rows[0])), rows, WHOLE)
    assert sum(found) == pytest.approx(WHOLE)
    assert min(found) > 0


def test_no_figure_of_a_report_is_broken_over_two_lines() -> None:
    known = around_october()
    tables = [table for kind in KINDS for made in papers(known, kind).values() for table in made.tables() if table.rows]
    assert len(tables) > 100
    for table in tables:
        for row in table.rows:
            wide = widths(table.columns, table.rows, on_paper(table.columns).ems)
            for cell, width in zip(row, wide, strict=True):
                assert not cell.number or lines(cell.text, width) == 1, (table.id, cell.text, width)


def test_a_table_with_room_keeps_the_shares_that_it_was_given() -> None:
    asked = (Column("甲", 1), Column("乙", 3), Column("丙", 2))
    assert widths(asked, [(word("一"), word("二"), count(3))], 60.0) == pytest.approx((10.0, 30.0, 20.0))


def test_a_narrow_column_takes_what_its_figure_needs_from_those_that_have_room() -> None:
    asked = (Column("甲", 20), Column("乙", 1))
    first, second = widths(asked, [(word("一"), count(123_456_789))], 20.0)
    assert second > ems("123,456,789")
    assert first == pytest.approx(20.0 - second)


def test_a_day_stays_whole_and_a_long_id_does_not_spoil_the_table() -> None:
    day, id_ = word("2026-10-12 10:00"), word("a-very-long-name-of-a-document-that-nobody-shortened")
    wide = widths((Column("甲", 1), Column("乙", 1), Column("丙", 30)), [(day, id_, word("三"))], WHOLE)
    assert ems("2026-10-12") < wide[0] < ems(day.text)
    assert wide[1] < ems(id_.text) / 2


def test_charts_tell_two_zones_of_a_system_with_a_long_name_apart() -> None:
    name = "社会救助家庭经济状况核对系统及居民家庭收入申报平台"
    bars = tuple(Bar(f"{name}（{zone}）", (0.5,)) for zone in ("政务外网区", "互联网区"))
    drawn = svg(Chart("use", "使用率", ("CPU",), bars), "FandolHei")
    assert "（政务外网区）</text>" in drawn
    assert "（互联网区）</text>" in drawn
    assert f"{name}（" not in drawn


def test_a_heading_is_broken_where_a_word_ends_and_keeps_its_text() -> None:
    known = around_october()
    tables = [table for kind in KINDS for made in papers(known, kind).values() for table in made.tables() if table.rows]
    broken = set()
    for table in tables:
        wide = widths(table.columns, table.rows, on_paper(table.columns).ems)
        for column, width in zip(table.columns, wide, strict=True):
            told = heading(column.title, width)
            assert told.replace("\n", "") == column.title
            assert all(ems(line.strip()) <= width for line in told.split("\n")), (table.id, told, width)
            broken |= {told} if "\n" in told else set()
    assert "采集\n覆盖率" in broken
    assert not any(len(line) == 1 for told in broken for line in told.split("\n"))
