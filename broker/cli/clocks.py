"""`broker clocks`: every deadline of the rule, from the papers alone."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from broker import papers
from broker.cli.moment import moment
from broker.clock import SHANGHAI
from broker.clocks.clock import Reading, State
from broker.clocks.raised import raised

_OPEN = frozenset({State.RUNNING, State.DUE_SOON, State.OVERDUE, State.PROVISIONAL})


def clocks(  # noqa: PLR0913, PLR0917 - the options of a command
    folder: Annotated[Path, typer.Argument(help="A registry: a git repository or a plain folder.")] = Path(),
    as_of: Annotated[
        datetime | None,
        typer.Option(parser=moment, metavar="INSTANT", help="Another instant or date than now, in Shanghai."),
    ] = None,
    party: Annotated[str, typer.Option(help="Only those of a role or an organisation.")] = "",
    since: Annotated[
        datetime | None,
        typer.Option(
            parser=moment,
            metavar="INSTANT",
            help="Only what calls for telling and did not so then: reminders, escalations.",
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Those that ended too: met, late, closed.")] = False,  # noqa: FBT002 - typer's way
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per clock.")] = False,  # noqa: FBT002 - typer's way
) -> None:
    """List the deadlines that run, are due soon or overdue, or provisional. Reads only; silence is never consent."""
    at = as_of.replace(tzinfo=SHANGHAI) if as_of else papers.now()
    readings = papers.clocks(folder, at)
    if party and not any(_concerns(party, reading) for reading in readings):
        papers.known_party(folder, party)
    if since is not None:
        earlier = papers.clocks(folder, since.replace(tzinfo=SHANGHAI))
        called = [found for found in raised(earlier, readings) if _concerns(party, found.reading)]
        for found in called:
            told = json.dumps(_raw(found.reading) | {"call": str(found.call), "key": found.key}, ensure_ascii=False)
            typer.echo(told if as_json else f"{found.call:<11}{_line(found.reading)}")
        if not called and not as_json:
            typer.echo("nothing calls for telling that did not so then")
        return
    shown = [r for r in readings if (everything or r.state in _OPEN) and _concerns(party, r)]
    for reading in shown:
        typer.echo(json.dumps(_raw(reading), ensure_ascii=False) if as_json else _line(reading))
    if not shown and not as_json:
        typer.echo(_nothing(sum(_concerns(party, reading) for reading in readings), party))


def _nothing(ended: int, party: str) -> str:
    of = f" of {party}" if party else ""
    return f"no deadline{of} runs; {ended} ended, --all lists them" if ended else f"no deadline{of} ever began"


def _concerns(party: str, reading: Reading) -> bool:
    return not party or party in {reading.clock.role, reading.span.party}


def _line(r: Reading) -> str:
    told = f"{r.state:<11}  {r.last_day} 24:00  {r.clock.id:<24}  {r.span.subject}  {r.span.party or r.clock.role}"
    return f"{told}  {r.clock.article} {r.clock.title_zh}" + (" (provisional)" if r.provisional else "")


def _raw(r: Reading) -> dict[str, Any]:
    return {
        "clock": r.clock.id,
        "article": r.clock.article,
        "title_zh": r.clock.title_zh,
        "subject": r.span.subject,
        "role": r.clock.role,
        "party": r.span.party,
        "started_at": r.span.started_at.isoformat(),
        "last_day": r.last_day.isoformat(),
        "due_at": r.due_at.isoformat(),
        "stopped_at": r.span.stopped_at.isoformat() if r.span.stopped_at else None,
        "state": str(r.state),
        "provisional": r.provisional,
        "expiry": r.clock.expiry,
    }
