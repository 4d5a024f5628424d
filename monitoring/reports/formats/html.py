"""A report as one HTML file: no script, no request to anywhere; charts stand in it as SVG."""

from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from monitoring.reports.formats.chart import svg
from monitoring.reports.formats.mark import mark
from monitoring.reports.formats.widths import pieces
from monitoring.reports.formats.words import NUMBERS, copied, foot, head_lines
from monitoring.reports.paper import Chart, Paper, Paragraph, Table

_FAMILY: Final = "FangSong, 仿宋_GB2312, FandolFang, STFangsong, serif"
_ENVIRONMENT: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def html(paper: Paper) -> bytes:
    """The file, in UTF-8."""
    text = _ENVIRONMENT.get_template("report.html.j2").render(
        paper=paper,
        head=paper.head,
        lines=tuple(head_lines(paper)),
        mark=mark(paper),
        foot=foot(paper),
        copied=copied(paper),
        numbered=tuple(zip(NUMBERS, paper.sections, strict=False)),
        kind=_kind,
        pieces=pieces,
        drawn=_drawn,
    )
    return text.encode()


def _kind(block: object) -> str:
    match block:
        case Paragraph():
            return "paragraph"
        case Table():
            return "table"
        case _:
            return "chart"


def _drawn(chart: Chart) -> Markup:
    return Markup(svg(chart, _FAMILY))  # noqa: S704 - drawn by us, every text in it is escaped there
