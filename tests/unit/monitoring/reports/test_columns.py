"""Every column of every report is explained in docs/reports.md, and nothing is explained that no report has."""

import re
from pathlib import Path

from broker.documents.kinds import DOCUMENTS
from tests.unit.monitoring.reports.october import KINDS, around_october, papers

PAGE = Path(__file__).parents[4] / "docs" / "reports.md"
ANY = "any"


def explained() -> dict[tuple[str, str], str]:
    """What is said of a column, by table and column; a table `any` speaks of all that have the column."""
    part = PAGE.read_text(encoding="utf-8").partition("## Columns")[2]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in part.splitlines() if line[:2] == "| "]
    assert all(len(row) == len(("table", "column", "meaning", "source")) for row in rows)
    return {
        (table, column): meaning
        for tables, columns, meaning, _ in rows[1:]
        for table in tables.split(", ")
        for column in columns.split(", ")
    }


def shown() -> set[tuple[str, str]]:
    """Caption and column of every table of every report and cut."""
    known = around_october()
    made = [paper for kind in KINDS for paper in papers(known, kind).values()]
    return {(table.caption, column.title) for paper in made for table in paper.tables() for column in table.columns}


def test_every_column_is_explained_and_no_other() -> None:
    said, there = explained(), shown()
    titles = {column for _, column in there}
    assert sorted(one for one in there if one not in said and (ANY, one[1]) not in said) == []
    assert sorted(one for one in said if one not in there and not (one[0] == ANY and one[1] in titles)) == []
    assert all(said.values())


def test_the_documents_that_are_named_as_sources_are_kinds_of_documents() -> None:
    part = PAGE.read_text(encoding="utf-8").partition("## Columns")[2]
    named = set(re.findall(r"`([A-Z]\w+)`", part))
    assert named - DOCUMENTS.keys() == set() != named
