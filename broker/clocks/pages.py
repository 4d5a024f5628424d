"""`docs/clocks.md`, written from the table of clocks, so that what is published is what is computed."""

from collections.abc import Iterable

from broker.clocks.clock import AfterPeriod, Clock, Length, Target, Until, WorkingDays, WorkingDaysBefore

_HEAD = """# 期限 · Clocks

Every deadline of the district's cloud measures, as `broker clocks` computes it. This page is written from
`broker/clocks/table.py` by `broker.clocks.pages.clocks`; a test keeps it so.

A start day is not counted, the last day ends at 24:00 in Shanghai, and working days are those of the State Council's
notices with their make-up days (`broker calendar`). What counts is when the broker received a paper, not its date.
A day that a notice to come may still move is provisional: such a clock is shown and is never overdue. Silence is never
consent.

States: running, due soon, met, late (done, but after its day), overdue, provisional, closed (certainly done, but no
record says when: neither met nor missed).

Parameters of the registry (kind `Parameter`) that set what the rule leaves open: `periodic-clocks-from` (a day; else
the broker's first receipt), `report-due-working-days` (5), `evaluation-due-month` (3), `interval-<clock>-months` and
`interval-drill-months`, and the targets named below, without which these clocks do not run.
"""


def clocks(table: Iterable[Clock]) -> str:
    """The page in Markdown: one row per clock, in the order of the table."""
    cells = [
        (f"`{c.id}` {c.title_zh}", c.article, c.role, _length(c.length), c.starts, c.stops, c.expiry) for c in table
    ]
    rows = [f"| {' | '.join(row)} |" for row in cells]
    head = ["| clock | article | party | length | from | to | on expiry |", "|---|---|---|---|---|---|---|"]
    return "\n".join([_HEAD, *head, *rows]) + "\n"


def _length(length: Length) -> str:
    match length:
        case WorkingDays(days):
            return f"{days} working days"
        case WorkingDaysBefore(days):
            return f"{days} working days before"
        case AfterPeriod(days):
            return f"{days} working days after the period"
        case Target(parameter):
            return f"`{parameter}`"
        case Until():
            return "a day"
