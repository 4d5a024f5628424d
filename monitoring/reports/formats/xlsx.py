"""A report as XLSX: a sheet with its head, one for each part, one for each chart; figures are numbers."""

import io
import math
from collections.abc import Iterator
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter

from monitoring.metering.period import Month
from monitoring.reports.figures import ratio
from monitoring.reports.formats.archive import still
from monitoring.reports.formats.mark import mark
from monitoring.reports.formats.widths import ems, lines
from monitoring.reports.formats.words import NUMBERS, foot, head_lines
from monitoring.reports.paper import Cell, Chart, Column, Form, Paper, Paragraph, Section, Table

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

_FORMATS: Final[dict[Form, str]] = {
    "text": "@",
    "count": "#,##0",
    "change": "+#,##0;-#,##0;0",
    "percent1": "0.0%",
    "percent4": "0.0000%",
    "yuan": "#,##0.00",
    "number1": "#,##0.0",
    "number2": "#,##0.00",
}
_FONT: Final = "仿宋"
_NARROW, _BROAD = 4.5, 18.0
"""Ems of the narrowest column, and of the broadest: what is longer takes more lines."""
_TEXT: Final = 40.0
"""Ems that all columns have together at least: running text goes over all of them."""
_UNITS_PER_EM: Final = 2.2
"""Widths are counted in digits of the default font of 11 pt; a Chinese character of 11 pt is so many of them wide."""
_LINE_PT: Final = 15.0
_NAME: Final = 31
"""Characters that the name of a sheet may have."""
CHART: Final = "（图）"
"""Ends the name of a chart's sheet."""
_PATTERNS: Final = ("solid", "wide_upward_diagonal", "percent_20")
_BAR_PT: Final = 14.0
_AROUND_BARS_PT: Final = 110.0
"""Title, axis and legend of a chart."""
_PIXELS_PER_POINT: Final = 96 / 72
_CHART_PIXELS: Final = 760


class Sheets:
    """One workbook while it is written: its formats and how far each sheet is filled."""

    def __init__(self, book: "Workbook") -> None:
        self._book = book
        plain = {"font_name": _FONT, "font_size": 11, "valign": "vcenter"}
        boxed = plain | {"border": 1, "text_wrap": True}
        self.title: Format = book.add_format(plain | {"font_name": "黑体", "font_size": 16, "align": "center"})
        self.heading: Format = book.add_format(plain | {"font_name": "黑体", "font_size": 13})
        self.caption: Format = book.add_format(plain | {"font_name": "楷体", "bold": True})
        self.text: Format = book.add_format(plain | {"text_wrap": True})
        self.column: Format = book.add_format(
            boxed | {"font_name": "黑体", "align": "center", "bg_color": "#D9D9D9", "text_wrap": True}
        )
        self.cells: dict[Form, Format] = {
            form: book.add_format(boxed | {"num_format": shown, "align": "left" if form == "text" else "right"})
            for form, shown in _FORMATS.items()
        }
        self.word_right: Format = book.add_format(boxed | {"align": "right"})

    def section(self, name: str, section: Section) -> None:
        """A part on its own sheet. Its charts have theirs, so that no page ends within one."""
        sheet, row = self._sheet(name), 0
        wide = _column_ems(tuple(block for block in section.blocks if isinstance(block, Table)))
        _columns(sheet, wide)
        sheet.set_row(0, 22)
        sheet.write_string(0, 0, section.title, self.heading)
        for block in section.blocks:
            match block:
                case Paragraph(text):
                    row += 2
                    self.running(sheet, row, text, wide)
                case Table():
                    row = self._table(sheet, row + 2, block, wide)
                case Chart():
                    self._chart(f"{name[: _NAME - len(CHART)]}{CHART}", block)

    def _sheet(self, name: str) -> "Worksheet":
        return _page(self._book.add_worksheet(name))

    def running(self, sheet: "Worksheet", row: int, text: str, wide: tuple[float, ...]) -> None:
        """Text over all columns, in as many lines as it needs."""
        sheet.merge_range(row, 0, row, len(wide) - 1, text, self.text)
        sheet.set_row(row, _LINE_PT * lines(text, sum(wide)))

    def _table(self, sheet: "Worksheet", row: int, table: Table, wide: tuple[float, ...]) -> int:
        sheet.write_string(row, 0, table.caption, self.caption)
        row = self._grid(sheet, row + 1, table, wide)
        if not table.rows:
            row += 1
            sheet.write_string(row, 0, table.empty)
        return self._note(sheet, row, table.note, wide)

    def _grid(self, sheet: "Worksheet", row: int, table: Table, wide: tuple[float, ...]) -> int:
        """The last row of the heading and the cells below it."""
        for n, column in enumerate(table.columns):
            sheet.write_string(row, n, column.title, self.column)
        sheet.set_row(row, _height((column.title for column in table.columns), wide))
        for cells in table.rows:
            row += 1
            for n, cell in enumerate(cells):
                self._cell(sheet, row, n, cell, right=table.columns[n].right)
            sheet.set_row(row, _height((cell.text for cell in cells), wide))
        return row

    def _note(self, sheet: "Worksheet", row: int, note: str, wide: tuple[float, ...]) -> int:
        if note:
            row += 1
            self.running(sheet, row, f"注：{note}", wide)
        return row

    def _cell(self, sheet: "Worksheet", row: int, column: int, cell: Cell, *, right: bool) -> None:
        if cell.number:
            sheet.write_number(row, column, float(cell.number), self.cells[cell.form])
        else:
            sheet.write_string(row, column, cell.text, self.word_right if right else self.cells["text"])

    def _chart(self, name: str, chart: Chart) -> None:
        """The figures in a small table, and a chart of Excel's own drawn from it."""
        sheet, figures = self._sheet(name), _figures(chart)
        sheet.fit_to_pages(1, 1)
        wide, first = _column_ems((figures,)), 2
        _columns(sheet, wide)
        sheet.write_string(0, 0, chart.caption, self.caption)
        row = self._note(sheet, self._grid(sheet, 1, figures, wide), chart.note, wide)
        last = first + len(chart.bars) - 1
        drawn: Any = self._book.add_chart({"type": "bar"})
        for n, series in enumerate(chart.series):
            look = {"fill": {"color": "#404040"}} if not n else {"pattern": _pattern(n)}
            drawn.add_series(
                {
                    "name": series,
                    "categories": [name, first, 0, last, 0],
                    "values": [name, first, n + 1, last, n + 1],
                    "border": {"color": "#000000"},
                    "gap": 40,
                    "data_labels": {"value": True, "num_format": "0.0%", "font": {"size": 8}},
                    **look,
                }
            )
        drawn.set_title({"name": chart.caption, "name_font": {"size": 12}, "overlay": False})
        drawn.set_x_axis({"min": 0, "max": 1, "num_format": "0%", "major_gridlines": {"visible": True}})
        # the first on top, as in the table, and none left out
        drawn.set_y_axis({"reverse": True, "interval_unit": 1, "num_font": {"size": 9}})
        drawn.set_legend({"position": "bottom"})
        high = _AROUND_BARS_PT + _BAR_PT * len(chart.bars) * (len(chart.series) + 0.4)
        drawn.set_size({"width": _CHART_PIXELS, "height": round(high * _PIXELS_PER_POINT)})
        sheet.insert_chart(row + 2, 0, drawn, {"object_position": 2})


def _figures(chart: Chart) -> Table:
    """What a chart is drawn from."""
    columns = (Column("项目"), *(Column(title, right=True) for title in chart.series))
    rows = tuple((Cell(bar.label), *(ratio(value) for value in bar.values)) for bar in chart.bars)
    return Table(chart.id, chart.caption, columns, rows)


def _column_ems(tables: tuple[Table, ...]) -> tuple[float, ...]:
    """As wide as what stands in a column of any of the tables, which share the columns of a sheet."""
    found = [_NARROW] * max((len(table.columns) for table in tables), default=1)
    for table in tables:
        for n, column in enumerate(table.columns):
            asked = max((ems(row[n].text) for row in table.rows), default=0.0)
            found[n] = max(found[n], min(_BROAD, max(asked, math.ceil(ems(column.title) / 2) + 1) + 1))
    more = max(0.0, _TEXT - sum(found)) / len(found)
    return tuple(width + more for width in found)


def _height(texts: Iterator[str], wide: tuple[float, ...]) -> float:
    return _LINE_PT * max(lines(text, width) for text, width in zip(texts, wide, strict=False))


def _pattern(series: int) -> dict[str, str]:
    return {"pattern": _PATTERNS[series], "fg_color": "#303030", "bg_color": "#FFFFFF"}


def xlsx(paper: Paper) -> bytes:
    """The file."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_numbers": False}) as book:
        end = Month.read(paper.head.month).end
        book.set_properties(
            {
                "title": f"{paper.head.title}（{paper.head.period}）",
                "author": paper.head.party_name,
                "keywords": mark(paper),
                "created": end.astimezone(UTC).replace(tzinfo=None),
            }
        )
        sheets = Sheets(book)
        _first(book.add_worksheet("封面"), paper, sheets)
        for n, section in enumerate(paper.sections):
            sheets.section(f"{NUMBERS[n]}、{section.title}"[:_NAME], section)
    return still(out.getvalue())


def _first(sheet: "Worksheet", paper: Paper, sheets: Sheets) -> None:
    wide = (8.0, 40.0)
    _columns(_page(sheet), wide)
    for n, text in enumerate((paper.head.title, paper.head.period)):
        sheet.merge_range(n, 0, n, 1, text, sheets.title)
        sheet.set_row(n, 26)
    copies = (("分送", paper.head.copies),) if paper.head.copies else ()
    for n, (name, value) in enumerate((*head_lines(paper), ("编制日期", paper.head.made_on), *copies), 3):
        sheet.write_string(n, 0, name, sheets.column)
        sheet.write_string(n, 1, value, sheets.cells["text"])
        sheet.set_row(n, _height(iter((name, value)), wide))
    sheets.running(sheet, n + 2, foot(paper), wide)


def _columns(sheet: "Worksheet", wide: tuple[float, ...]) -> None:
    for n, width in enumerate(wide):
        sheet.set_column(n, n, width * _UNITS_PER_EM)


def _page(sheet: "Worksheet") -> "Worksheet":
    """Printed on A4, lying, one page wide."""
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C— &P —")
    return sheet
