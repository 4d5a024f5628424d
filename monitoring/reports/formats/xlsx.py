"""A report as XLSX: a sheet with its head and texts, and one for each part with tables; figures are numbers."""

import io
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter

from monitoring.metering.period import Month
from monitoring.reports.formats.archive import still
from monitoring.reports.formats.mark import mark
from monitoring.reports.formats.words import NUMBERS, foot, head_lines
from monitoring.reports.paper import Cell, Chart, Form, Paper, Paragraph, Section, Table

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

_FORMATS: Final[dict[Form, str]] = {
    "text": "@",
    "count": "#,##0",
    "percent1": "0.0%",
    "percent4": "0.0000%",
    "yuan": "#,##0.00",
    "number1": "#,##0.0",
    "number2": "#,##0.00",
}
_FONT: Final = "仿宋"
_WIDTH: Final = 110.0
"""Of a whole table, in characters."""
_NARROW: Final = 9.0
_PATTERNS: Final = ("solid", "wide_upward_diagonal", "percent_20")
_ROWS_OF_A_CHART: Final = 18


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
        """A part on its own sheet."""
        sheet = self._book.add_worksheet(name)
        _page(sheet)
        row = 0
        sheet.write_string(row, 0, section.title, self.heading)
        widths: dict[int, float] = {}
        for block in section.blocks:
            row += 2
            match block:
                case Paragraph(text):
                    sheet.write_string(row, 0, text)
                case Table():
                    row = self._table(sheet, row, block, widths)
                case Chart():
                    row = self._chart(sheet, name, row, block)
        for column, width in widths.items():
            sheet.set_column(column, column, width)

    def _table(self, sheet: "Worksheet", row: int, table: Table, widths: dict[int, float]) -> int:
        sheet.write_string(row, 0, table.caption, self.caption)
        row += 1
        whole = sum(column.share for column in table.columns)
        for n, column in enumerate(table.columns):
            sheet.write_string(row, n, column.title, self.column)
            widths[n] = max(widths.get(n, _NARROW), _WIDTH * column.share / whole)
        for cells in table.rows:
            row += 1
            for n, cell in enumerate(cells):
                self._cell(sheet, row, n, cell, right=table.columns[n].right)
        if not table.rows:
            row += 1
            sheet.write_string(row, 0, table.empty)
        if table.note:
            row += 1
            sheet.write_string(row, 0, f"注：{table.note}")
        return row

    def _cell(self, sheet: "Worksheet", row: int, column: int, cell: Cell, *, right: bool) -> None:
        if cell.number:
            sheet.write_number(row, column, float(cell.number), self.cells[cell.form])
        else:
            sheet.write_string(row, column, cell.text, self.word_right if right else self.cells["text"])

    def _chart(self, sheet: "Worksheet", name: str, row: int, chart: Chart) -> int:
        """The figures in a small table, and a chart of Excel's own drawn from it."""
        sheet.write_string(row, 0, chart.caption, self.caption)
        row += 1
        for n, title in enumerate(("项目", *chart.series)):
            sheet.write_string(row, n, title, self.column)
        first = row + 1
        for bar in chart.bars:
            row += 1
            sheet.write_string(row, 0, bar.label, self.cells["text"])
            for n, value in enumerate(bar.values, 1):
                if value is None:
                    sheet.write_string(row, n, "数据不足", self.word_right)
                else:
                    sheet.write_number(row, n, round(value, 3), self.cells["percent1"])
        drawn: Any = self._book.add_chart({"type": "bar"})
        for n, series in enumerate(chart.series):
            look = {"fill": {"color": "#404040"}} if not n else {"pattern": _pattern(n)}
            drawn.add_series(
                {
                    "name": series,
                    "categories": [name, first, 0, row, 0],
                    "values": [name, first, n + 1, row, n + 1],
                    "border": {"color": "#000000"},
                    **look,
                }
            )
        drawn.set_title({"name": chart.caption})
        drawn.set_x_axis({"min": 0, "max": 1, "num_format": "0%"})
        drawn.set_y_axis({"reverse": True})
        drawn.set_legend({"position": "bottom"})
        sheet.insert_chart(row + 2, 0, drawn, {"x_scale": 1.6, "y_scale": 1.2})
        if chart.note:
            row += 1
            sheet.write_string(row, 0, f"注：{chart.note}")
        return row + _ROWS_OF_A_CHART


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
            sheets.section(f"{NUMBERS[n]}、{section.title}"[:31], section)
    return still(out.getvalue())


def _first(sheet: "Worksheet", paper: Paper, sheets: Sheets) -> None:
    _page(sheet)
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 70)
    sheet.merge_range(0, 0, 0, 1, paper.head.title, sheets.title)
    sheet.merge_range(1, 0, 1, 1, paper.head.period, sheets.title)
    for n, (name, value) in enumerate(head_lines(paper), 3):
        sheet.write_string(n, 0, name, sheets.column)
        sheet.write_string(n, 1, value, sheets.cells["text"])
    sheet.write_string(n + 2, 0, foot(paper))


def _page(sheet: "Worksheet") -> None:
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C— &P —")
