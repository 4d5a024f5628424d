"""A report as DOCX on the page grid of GB/T 9704-2012, with the fonts that government desks have, by name."""

import io
from collections.abc import Callable, Iterator
from datetime import UTC
from typing import Any, Final
from xml.sax.saxutils import escape

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

from monitoring.metering.period import Month
from monitoring.reports.formats.archive import still
from monitoring.reports.formats.mark import mark
from monitoring.reports.formats.widths import heading, on_paper, widths
from monitoring.reports.formats.words import NUMBERS, copied, foot, head_lines
from monitoring.reports.paper import Cell, Chart, Column, Paper, Paragraph, Table

_BODY_TWIPS: Final = 8845  # 156 mm
_PITCH: Final = Pt(28.95)
_FANG, _HEI, _KAI, _TITLE = "仿宋_GB2312", "黑体", "楷体_GB2312", "方正小标宋简体"
_LATIN: Final = "Times New Roman"
_KEPT: Final = 1
"""Rows of a table that stay with its heading."""
_TIGHTER_TWENTIETHS: Final = "-5"
"""Between characters of the text, so that 28 of 16 pt stand on a line of 156 mm."""
Picture = Callable[[Chart], bytes]


def docx(paper: Paper, picture: Picture) -> bytes:
    """The file. `picture` draws a chart as PNG."""
    document: Any = Document()
    _page(document, paper)
    _styles(document)
    _properties(document, paper)
    _title(document, paper)
    lines = tuple((Cell(name), Cell(value)) for name, value in head_lines(paper))
    _append(document, _table((Column("项目"), Column("内容", 6)), lines, headed=False))
    for number, section in zip(NUMBERS, paper.sections, strict=False):
        document.add_paragraph(f"{number}、{section.title}", style="Heading 1")
        for block in section.blocks:
            match block:
                case Paragraph(text):
                    document.add_paragraph(text)
                case Table():
                    _block(document, block)
                case Chart():
                    document.add_paragraph(block.caption, style="Caption")
                    document.add_picture(io.BytesIO(picture(block)), width=Mm(156))
                    shown = document.paragraphs[-1].paragraph_format
                    shown.first_line_indent, shown.line_spacing = Pt(0), 1.0
                    _note(document, block.note)
    _signed(document, paper)
    _note(document, foot(paper), before="")
    out = io.BytesIO()
    document.save(out)
    return still(out.getvalue())


def _block(document: Any, table: Table) -> None:
    if not table.rows:
        document.add_paragraph(f"{table.caption}：{table.empty}")
    else:
        document.add_paragraph(table.caption, style="Caption")
        _append(document, _table(table.columns, table.rows, noted=bool(table.note)))
    _note(document, table.note)


def _append(document: Any, xml: str) -> None:
    document.element.body.insert(len(document.element.body) - 1, parse_xml(xml))


def _table(
    columns: tuple[Column, ...], rows: tuple[tuple[Cell, ...], ...], *, headed: bool = True, noted: bool = False
) -> str:
    """A table as XML: written at once, since adding row by row takes a time that grows with their square."""
    setting = on_paper(columns)
    wide = [int(width * setting.size_pt * 20) for width in widths(columns, rows, setting.ems)]
    small = int(setting.size_pt * 2)  # half points
    parts = [
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="{_BODY_TWIPS}" w:type="dxa"/>',
        '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="50" w:type="dxa"/><w:right w:w="50" w:type="dxa"/>',
        "</w:tblCellMar></w:tblPr><w:tblGrid>",
        *(f'<w:gridCol w:w="{width}"/>' for width in wide),
        "</w:tblGrid>",
    ]
    if headed:
        cells = "".join(
            _cell(heading(column.title, w / (setting.size_pt * 20)), w, small, "center", head=True, kept=True)
            for column, w in zip(columns, wide, strict=True)
        )
        parts.append(f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{cells}</w:tr>")
    parts += _rows(columns, rows, wide, small, first_is_head=not headed, noted=noted)
    return "".join([*parts, "</w:tbl>"])


def _rows(  # noqa: PLR0913 - what rows have
    columns: tuple[Column, ...],
    rows: tuple[tuple[Cell, ...], ...],
    wide: list[int],
    small: int,
    *,
    first_is_head: bool,
    noted: bool,
) -> Iterator[str]:
    """`noted`: a note follows, and no page ends before it."""
    kept = {*range(_KEPT), *((len(rows) - 1,) if noted else ())}
    sides = ["right" if column.right else "left" for column in columns]
    for at, row in enumerate(rows):
        cells = "".join(
            _cell(
                cell.text,
                wide[n],
                small,
                sides[n],
                head=first_is_head and n == 0,
                kept=at in kept,
            )
            for n, cell in enumerate(row)
        )
        yield f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr>"


def _cell(  # noqa: PLR0913 - what a cell has
    text: str, width: int, small: int, side: str, *, head: bool, kept: bool
) -> str:
    """`kept`: on one page with the row that follows, so that no heading stands alone at a page's end."""
    font = _HEI if head else _FANG
    shade = '<w:shd w:val="clear" w:color="auto" w:fill="E1E1E1"/>' if head else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{shade}<w:vAlign w:val="center"/></w:tcPr><w:p><w:pPr>'
        f'{"<w:keepNext/>" if kept else ""}<w:snapToGrid w:val="0"/>'
        f'<w:spacing w:line="260" w:lineRule="exact"/><w:ind w:firstLine="0" w:firstLineChars="0"/>'
        f'<w:jc w:val="{side}"/>'
        f'</w:pPr><w:r><w:rPr><w:rFonts w:ascii="{_LATIN}" w:hAnsi="{_LATIN}" w:eastAsia="{font}"/>'
        f'<w:spacing w:val="0"/><w:sz w:val="{small}"/></w:rPr>'
        f"{_text(text)}</w:r></w:p></w:tc>"
    )


def _text(text: str) -> str:
    return "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in text.split("\n"))


def _page(document: Any, paper: Paper) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(24)
    grid = section._sectPr.find(qn("w:docGrid"))  # noqa: SLF001 - python-docx knows no grid
    grid.set(qn("w:type"), "lines")
    grid.set(qn("w:linePitch"), str(int(_PITCH.pt * 20)))
    document.settings.odd_and_even_pages_header_footer = True
    for footer, side in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
    ):
        paragraph = footer.paragraphs[0]
        paragraph.alignment, shape = side, paragraph.paragraph_format
        shape.first_line_indent, shape.left_indent, shape.right_indent = Pt(0), Pt(14), Pt(14)
        code = f"核验码{paper.code}"
        if side is WD_ALIGN_PARAGRAPH.RIGHT:
            _font(paragraph.add_run(f"{code}　　").font, _FANG, Pt(9))
        for piece in ("— ", None, " —"):
            _number(paragraph, piece)
        if side is WD_ALIGN_PARAGRAPH.LEFT:
            _font(paragraph.add_run(f"　　{code}").font, _FANG, Pt(9))


def _number(paragraph: Any, piece: str | None) -> None:
    run = paragraph.add_run(piece or "")
    _font(run.font, "宋体", Pt(14))
    if piece is None:
        shown = '<w:r><w:rPr><w:sz w:val="28"/></w:rPr><w:t>1</w:t></w:r>'
        field = f'<w:fldSimple {nsdecls("w")} w:instr=" PAGE ">{shown}</w:fldSimple>'
        paragraph._p.append(parse_xml(field))  # noqa: SLF001 - python-docx has no fields; this is its documented way out


def _styles(document: Any) -> None:
    normal = document.styles["Normal"]
    _font(normal.font, _FANG, Pt(16))
    shape = normal.paragraph_format
    shape.line_spacing, shape.space_after, shape.first_line_indent = _PITCH, Pt(0), Pt(32)
    tighter = OxmlElement("w:spacing")
    tighter.set(qn("w:val"), _TIGHTER_TWENTIETHS)
    normal.font.element.rPr.find(qn("w:sz")).addprevious(tighter)
    for name, family, size in (("Heading 1", _HEI, Pt(16)), ("Caption", _KAI, Pt(12)), ("Footer", "宋体", Pt(14))):
        style = document.styles[name]
        _font(style.font, family, size)
        style.font.bold, style.font.italic, style.font.color.rgb = False, False, RGBColor(0, 0, 0)
        shape = style.paragraph_format
        shape.line_spacing, shape.space_after = _PITCH, Pt(0)
        shape.keep_with_next = name != "Footer"
        shape.space_before = Pt(8) if name == "Heading 1" else Pt(0)
        shape.first_line_indent = Pt(32) if name == "Heading 1" else Pt(0)


def _font(font: Any, family: str, size: Any) -> None:
    font.name, font.size = _LATIN, size
    font.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), family)


def _title(document: Any, paper: Paper) -> None:
    for text, family, size in ((paper.head.title, _TITLE, Pt(22)), (paper.head.period, _KAI, Pt(16))):
        paragraph = document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.first_line_indent = Pt(0)
        _font(paragraph.add_run(text).font, family, size)
    paragraph.paragraph_format.space_after = _PITCH


def _signed(document: Any, paper: Paper) -> None:
    """The party and the day, the day four characters from the right; then who else has it. All with the last text."""
    document.paragraphs[-1].paragraph_format.keep_with_next = True
    for text, before in ((paper.head.party_name, _PITCH), (paper.head.made_on, Pt(0))):
        paragraph = document.add_paragraph(text)
        paragraph.alignment, shape = WD_ALIGN_PARAGRAPH.RIGHT, paragraph.paragraph_format
        shape.first_line_indent, shape.right_indent = Pt(0), Pt(64)
        shape.space_before, shape.keep_with_next = before, True
    if text := copied(paper):
        paragraph = document.add_paragraph()
        shape = paragraph.paragraph_format
        shape.left_indent, shape.first_line_indent, shape.keep_with_next = Pt(56), Pt(-42), True
        _font(paragraph.add_run(text).font, _FANG, Pt(14))


def _note(document: Any, text: str, before: str = "注：") -> None:
    if text:
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.first_line_indent = Pt(0)
        paragraph.paragraph_format.line_spacing = Pt(15)
        paragraph._p.pPr.find(qn("w:spacing")).addprevious(parse_xml(f'<w:snapToGrid {nsdecls("w")} w:val="0"/>'))  # noqa: SLF001 - python-docx knows no grid
        _font(paragraph.add_run(f"{before}{text}").font, _FANG, Pt(10))


def _properties(document: Any, paper: Paper) -> None:
    at = Month.read(paper.head.month).end.astimezone(UTC).replace(tzinfo=None)
    core = document.core_properties
    core.title, core.author = f"{paper.head.title}（{paper.head.period}）", paper.head.party_name
    core.keywords, core.comments, core.last_modified_by = mark(paper), "", paper.head.party_name
    core.created = core.modified = at
