"""A report in all four formats."""

from collections.abc import Mapping

from broker.documents.issuing import Format
from monitoring.reports.formats.docx import docx
from monitoring.reports.formats.html import html
from monitoring.reports.formats.pdf import Press
from monitoring.reports.formats.xlsx import xlsx
from monitoring.reports.paper import Paper

MEDIA_TYPES: Mapping[Format, str] = {
    "html": "text/html",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def printed(paper: Paper, press: Press) -> dict[Format, bytes]:
    """The files, by format: the same paper gives the same bytes, wherever and whenever."""
    return {"html": html(paper), "pdf": press.pdf(paper), "docx": docx(paper, press.png), "xlsx": xlsx(paper)}
