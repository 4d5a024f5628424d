"""A report as PDF, set by Typst with the fonts embedded; and charts as PNG for formats that show no SVG."""

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import typst

from monitoring.reports.formats.chart import svg
from monitoring.reports.formats.mark import mark
from monitoring.reports.formats.widths import heading, on_paper, widths
from monitoring.reports.formats.words import NUMBERS, copied, foot, head_lines
from monitoring.reports.paper import Block, Chart, Paper, Paragraph, Table

FAMILY: Final = "FandolHei"
PICTURE: Final = b'#set page(width: auto, height: auto, margin: 0pt)\n#image(bytes(sys.inputs.svg), format: "svg")\n'
_POINTS_PER_INCH: Final = 144.0


@dataclass(frozen=True, slots=True)
class Press:
    """Typst with the report fonts and no other; one serves any number of reports."""

    compiler: typst.Compiler

    def pdf(self, paper: Paper) -> bytes:
        """The file. The same paper gives the same bytes: it has no date, and its id is made of its content."""
        given = {"paper": json.dumps(_plain(paper), ensure_ascii=False)}
        return self._set(_TEMPLATE, given, "pdf")

    def png(self, chart: Chart) -> bytes:
        """A chart as a picture."""
        return self._set(PICTURE, {"svg": svg(chart, FAMILY)}, "png")

    def _set(self, template: bytes, given: Mapping[str, str], form: Any) -> bytes:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            done = self.compiler.compile(
                template, format=form, sys_inputs=dict(given), ppi=_POINTS_PER_INCH if form == "png" else None
            )
        if not isinstance(done, bytes):
            raise TypeError(f"setting a report as {form} gave {type(done).__name__}, not one file")
        return done


_TEMPLATE: Final = Path(__file__).with_name("report.typ").read_bytes()


def press(folders: tuple[Path, ...]) -> Press:
    """A press with the fonts in the folders, and those that Typst brings."""
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(f) for f in folders])
    return Press(typst.Compiler(font_paths=fonts))


def _plain(paper: Paper) -> dict[str, Any]:
    return {
        "title": paper.head.title,
        "period": paper.head.period,
        "author": paper.head.party_name,
        "mark": mark(paper),
        "code": paper.code,
        "foot": foot(paper),
        "made_on": paper.head.made_on,
        "copied": copied(paper),
        "lines": [list(line) for line in head_lines(paper)],
        "sections": [
            [number, {"title": section.title, "blocks": [_block(block) for block in section.blocks]}]
            for number, section in zip(NUMBERS, paper.sections, strict=False)
        ],
    }


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Paragraph(text):
            return {"kind": "paragraph", "text": text}
        case Chart():
            return {"kind": "chart", "caption": block.caption, "svg": svg(block, FAMILY), "note": block.note}
        case Table():
            return {
                "kind": "table",
                "size": on_paper(block.columns).size_pt,
                "caption": block.caption,
                "columns": _columns(block),
                "rows": [[cell.text for cell in row] for row in block.rows],
                "empty": block.empty,
                "note": block.note,
            }


def _columns(table: Table) -> list[dict[str, Any]]:
    wide = widths(table.columns, table.rows, on_paper(table.columns).ems)
    return [
        {"title": heading(column.title, width), "width": round(width, 3), "right": column.right}
        for column, width in zip(table.columns, wide, strict=True)
    ]
