"""The four formats of one report: every figure in each, the same bytes whenever and wherever, nothing of a clock."""

import io
import math
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pypdfium2
import pytest
from docx import Document
from openpyxl import load_workbook
from openpyxl.cell import Cell as SheetCell

from broker.documents.issuing import FORMATS
from monitoring.reports.figures import ratio
from monitoring.reports.formats.html import html
from monitoring.reports.formats.mark import code_in
from monitoring.reports.formats.pdf import Press
from monitoring.reports.formats.printing import printed
from monitoring.reports.formats.widths import ems
from monitoring.reports.formats.xlsx import CHART, xlsx
from monitoring.reports.kinds import issues
from monitoring.reports.kinds import paper as paper_of
from monitoring.reports.paper import Paper
from tests.unit.monitoring.reports.october import KINDS, around_october, the_paper

KNOWN = around_october()
DIGITS_PER_EM = 2.0
"""A column's width is counted in digits; a Chinese character is two of them wide."""
LINE_PT = 14.5
ROOT = Path(__file__).parents[4]


class Tables(HTMLParser):
    """Every table of a page as rows of texts, in order, and the headings and paragraphs."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in {"script", "link", "iframe", "object"}
        assert not any(name in {"src", "href", "onclick", "onload"} for name, _ in attrs)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in {"td", "th"}:
            self.tables[-1][-1].append("")
            self._open = True

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th"}:
            self._open = False

    def handle_data(self, data: str) -> None:
        if self._open:
            self.tables[-1][-1][-1] += data


def expected(paper: Paper) -> list[list[list[str]]]:
    """The tables with rows, each with its heading, as any format must have them."""
    return [
        [[column.title for column in table.columns], *([cell.text for cell in row] for row in table.rows)]
        for table in paper.tables()
        if table.rows
    ]


@pytest.fixture(params=KINDS, scope="module")
def paper(request: pytest.FixtureRequest) -> Paper:
    """The largest report of a kind."""
    return paper_of(KNOWN, issues(KNOWN, request.param)[0])


def test_every_figure_stands_in_the_page(paper: Paper) -> None:
    page = Tables()
    page.feed(html(paper).decode())
    assert page.tables[1:] == expected(paper)
    assert html(paper).decode().count("<svg") == len(list(paper.charts()))


def test_every_figure_stands_in_the_text_document(paper: Paper, report_press: Press) -> None:
    read = Document(io.BytesIO(printed(paper, report_press)["docx"]))
    tables = [[[cell.text.replace("\n", "") for cell in row.cells] for row in table.rows] for table in read.tables]
    assert tables[1:] == expected(paper)
    assert len(read.inline_shapes) == len(list(paper.charts()))


def shown(cell: SheetCell) -> str:
    """What a person reads in the cell, by its number format."""
    value, form = cell.value, cell.number_format
    if not isinstance(value, int | float):
        return str(value)
    if form.startswith("+"):
        return f"{value:+,}" if value else "0"
    if form.endswith("%"):
        places = len(form.partition(".")[2]) - 1
        return f"{value:.{places}%}"
    return f"{value:,.{len(form.partition('.')[2])}f}"


def test_every_figure_stands_in_the_sheets_as_a_number(paper: Paper) -> None:
    book = load_workbook(io.BytesIO(xlsx(paper)))
    sheets = [sheet for sheet in book.worksheets[1:] if not sheet.title.endswith(CHART)]
    assert len(book.worksheets) - 1 - len(sheets) == len(list(paper.charts()))
    for section, sheet in zip(paper.sections, sheets, strict=True):
        rows = [[cell for cell in row if cell.value is not None] for row in sheet.iter_rows()]
        read = [[shown(cell) for cell in row] for row in rows]
        at = 0
        for table in (block for block in section.blocks if getattr(block, "rows", None)):
            for wanted in table.rows:  # type: ignore[union-attr]  # only tables have rows
                texts = [cell.text for cell in wanted]
                at = next(n for n in range(at, len(read)) if read[n] == texts)
                assert [isinstance(c.value, int | float) for c in rows[at]] == [bool(c.number) for c in wanted]
                at += 1


def squeezed(text: str) -> str:
    """Without white space; a hyphen at the end of a line is told as a sign of its own."""
    return re.sub(r"[\s\u200b]", "", re.sub("[\x02\ufffe]", "-", text))


def pdf_text(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    try:
        return "".join(squeezed(page.get_textpage().get_text_bounded()) for page in document)
    finally:
        document.close()


def test_every_figure_stands_in_the_printed_document_in_order(paper: Paper, report_press: Press) -> None:
    text, at = pdf_text(report_press.pdf(paper)), 0
    for table in expected(paper):
        for row in table[1:]:
            for cell in row:
                found = text.find(squeezed(cell), at)
                assert found >= 0, f"{cell} of {row} is not there after {text[max(at - 60, 0) : at]}"
                at = found + len(squeezed(cell))
    assert paper.code in text


def test_charts_write_their_figures_beside_the_bars(report_press: Press) -> None:
    paper = the_paper(KNOWN, "ops")
    drawn = re.findall(r"<svg.*?</svg>", html(paper).decode())
    for chart, picture in zip(paper.charts(), drawn, strict=True):
        texts = re.findall(r"<text[^>]*>([^<]*)</text>", picture)
        wanted = [ratio(value).text for bar in chart.bars for value in bar.values]
        assert [text for text in texts if text in wanted][-len(wanted) :] == wanted
        assert len({*re.findall(r'fill="([^"]+)" stroke=', picture)}) == len(chart.series)
        assert report_press.png(chart).startswith(b"\x89PNG")


def test_the_printed_document_has_the_page_grid_and_its_fonts_within(report_press: Press) -> None:
    data = report_press.pdf(the_paper(KNOWN, "ops"))
    document = pypdfium2.PdfDocument(data)
    try:
        assert {(round(page.get_width()), round(page.get_height())) for page in document} == {(595, 842)}
        last = len(document)
        assert f"—{last}—" in squeezed(document[last - 1].get_textpage().get_text_bounded())
    finally:
        document.close()
    names = {name.decode() for name in re.findall(rb"/BaseFont ?/(\S+)", data)}
    assert {"FandolFang", "FandolHei", "FandolKai", "FandolSong"} <= {re.sub(r"^\w+\+|-.*", "", n) for n in names}
    assert len(re.findall(rb"/FontFile3?", data)) >= 4


def test_the_text_document_has_the_page_grid(report_press: Press) -> None:
    with zipfile.ZipFile(io.BytesIO(printed(the_paper(KNOWN, "ops"), report_press)["docx"])) as archive:
        text, styles = (archive.read(f"word/{part}.xml").decode() for part in ("document", "styles"))
    (margins,), (page,) = re.findall(r"<w:pgMar ([^>]+)/>", text), re.findall(r"<w:pgSz ([^>]+)/>", text)
    side = {name: int(value) / 20 for name, value in re.findall(r'w:(\w+)="(\d+)"', f"{margins} {page}")}
    (normal,) = re.findall(r'<w:style [^>]*w:styleId="Normal".*?</w:style>', styles, re.DOTALL)
    ((pitch, _),) = re.findall(r'<w:spacing [^>]*w:line="(\d+)" w:lineRule="(exact)"', normal)
    (tighter,), (size,) = (
        re.findall(r'<w:spacing w:val="(-\d+)"/>', normal),
        re.findall(r'<w:sz w:val="(\d+)"/>', normal),
    )
    lines = (side["h"] - side["top"] - side["bottom"]) / (int(pitch) / 20)
    characters = (side["w"] - side["left"] - side["right"]) / (int(size) / 2 + int(tighter) / 20)
    assert (int(lines), int(characters)) == (22, 28)
    assert f'<w:docGrid w:linePitch="{pitch}" w:type="lines"/>' in text


def test_every_page_of_the_text_document_has_its_number_and_the_code(paper: Paper, report_press: Press) -> None:
    (section,) = Document(io.BytesIO(printed(paper, report_press)["docx"])).sections
    for footer in (section.footer, section.even_page_footer):
        assert paper.code in footer.paragraphs[0].text
        assert " PAGE " in footer.paragraphs[0]._p.xml


def test_no_page_ends_between_a_heading_of_a_table_and_its_first_row(paper: Paper, report_press: Press) -> None:
    read = Document(io.BytesIO(printed(paper, report_press)["docx"]))
    for table in read.tables:
        assert all(cell.paragraphs[0].paragraph_format.keep_with_next for cell in table.rows[0].cells)


def test_a_sheet_shows_every_text_in_full(paper: Paper) -> None:
    """Rows are as high as their longest text asks, whatever program opens the book."""
    for sheet in load_workbook(io.BytesIO(xlsx(paper))).worksheets:
        told = sheet.column_dimensions.values()
        wide_of = {n: one.width for one in told for n in range(one.min or 0, (one.max or 0) + 1)}
        merged = {str(area).partition(":")[0] for area in sheet.merged_cells.ranges}
        for row in sheet.iter_rows():
            for cell in row:
                if not (isinstance(cell.value, str) and cell.border.left.style):
                    continue
                assert cell.coordinate not in merged
                wide = wide_of[cell.column]
                needed = math.ceil(ems(cell.value) * DIGITS_PER_EM / wide)
                high = sheet.row_dimensions[cell.row].height or sheet.sheet_format.defaultRowHeight
                assert high >= needed * LINE_PT, cell.value


def test_each_file_says_which_report_it_is(paper: Paper, report_press: Press) -> None:
    files = printed(paper, report_press)
    assert [code_in(files[form]) for form in FORMATS] == [paper.code] * 4
    assert code_in(b"PK\x03\x04 broken") == code_in(b"") == ""


def test_office_files_carry_no_date_but_the_months_end(paper: Paper, report_press: Press) -> None:
    for form in ("docx", "xlsx"):
        data = printed(paper, report_press)[form]
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            core = archive.read("docProps/core.xml").decode()
        assert set(re.findall(r"\d{4}-\d\d-\d\dT[\d:]+Z", core)) == {"2026-10-31T16:00:00Z"}


PRINT = """
import datetime, hashlib, sys, time
shift = float(sys.argv[1])
real, local, utc = time.time, time.localtime, time.gmtime
time.time = lambda: real() + shift
time.localtime = lambda s=None: local(time.time() if s is None else s)
time.gmtime = lambda s=None: utc(time.time() if s is None else s)
class Shifted(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return super().now(tz) + datetime.timedelta(seconds=shift)
datetime.datetime = Shifted
from pathlib import Path
from monitoring.reports.formats.pdf import press
from monitoring.reports.formats.printing import printed
from tests.unit.monitoring.reports.october import around_october, the_paper
files = printed(the_paper(around_october(), "ops"), press(tuple(map(Path, sys.argv[2:]))))
print({form: hashlib.sha256(data).hexdigest() for form, data in files.items()})
"""


def runs(folders: tuple[Path, ...]) -> Iterator[str]:
    """Two runs at once, in another time zone, locale, and year, and with another order of sets."""
    year_s = 366 * 86_400
    settings = (("Asia/Shanghai", "C", "1", 0), ("America/New_York", "zh_CN.UTF-8", "2", year_s))
    started = [
        subprocess.Popen(
            [sys.executable, "-c", PRINT, str(shift), *map(str, folders)],
            env={**os.environ, "TZ": zone, "LC_ALL": locale, "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for zone, locale, seed, shift in settings
    ]
    for process in started:
        told, _ = process.communicate()
        assert process.returncode == 0
        yield told


def test_time_zone_locale_and_date_change_no_byte(report_fonts: tuple[Path, ...]) -> None:
    first, again = runs(report_fonts)
    assert first == again != ""


def test_a_name_with_marks_of_html_or_typst_stays_a_name(report_press: Press) -> None:
    whole = the_paper(KNOWN, "ops")
    evil = '<script>alert(1)</script>#panic(1) *x* _y_ $z$ [a] & "q"'
    paper = replace(whole, head=replace(whole.head, party_name=evil))
    assert "<script" not in html(paper).decode()
    text = re.sub('["“”]', "", pdf_text(report_press.pdf(paper)))
    assert squeezed(evil).replace('"', "") in text
    assert Document(io.BytesIO(printed(paper, report_press)["docx"])).tables[0].cell(2, 1).text == evil


def test_kinds_are_all_there() -> None:
    assert [len(issues(KNOWN, kind)) for kind in KINDS] == [1, 9, 2, 1, 7]
