"""A month that an earlier release closed: its facts keep their digest, its reports their figures.

`tests/cases/reports/` was written by release 0.1.0 and stays as it is: a change that needs other files there changes
what was issued. Texts and widths may change; facts and figures may not.
"""

import hashlib
import json
from pathlib import Path

from monitoring.metering.facts import digest_of, facts_from, written
from monitoring.reports.material import Around, around
from tests.unit.monitoring.metering.month import registry
from tests.unit.monitoring.reports.october import CLOSED_AT, KINDS, backups, papers, papers_of_october

KEPT = Path(__file__).parents[3] / "cases" / "reports"
FACTS = (KEPT / "facts-2026-10.json").read_bytes()
DIGEST = "sha256:4907e224830e7f45656eb9d51c3bdc9b140babce320097f8222e70a0065844ee"


def closed() -> Around:
    """The month as the ledger gives it back, with the papers of then."""
    return around(registry(papers_of_october(), backups()), facts_from(FACTS), DIGEST, CLOSED_AT, None)


def figures(known: Around) -> dict[str, dict[str, list[list[str]]]]:
    """Every figure of every report and cut, by its name and table; words are left out."""
    return {
        paper.name: {
            table.id: [[cell.text for cell in row if cell.number] for row in table.rows]
            for table in paper.tables()
            if any(cell.number for row in table.rows for cell in row)
        }
        for kind in KINDS
        for paper in papers(known, kind).values()
    }


def test_facts_that_were_kept_have_the_digest_of_then_and_are_written_as_then() -> None:
    assert f"sha256:{hashlib.sha256(FACTS).hexdigest()}" == DIGEST == digest_of(facts_from(FACTS))
    assert written(facts_from(FACTS)) == FACTS


def test_reports_of_a_kept_month_have_the_figures_of_then() -> None:
    then = json.loads((KEPT / "figures-2026-10.json").read_text(encoding="utf-8"))
    now = figures(closed())
    assert now.keys() == then.keys()
    for name, tables in then.items():
        assert now[name] == tables, name
    assert sum(len(rows) for tables in then.values() for rows in tables.values()) > 500
