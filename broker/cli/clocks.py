"""`broker clocks`: every deadline of the rule, from the papers alone."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from broker import papers
from broker.clock import SHANGHAI
from broker.clocks.clock import Reading, State
from broker.clocks.raised import raised

_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M"]
_OPEN = frozenset({State.RUNNING, State.DUE_SOON, State.OVERDUE, State.PROVISIONAL})


def clocks(  # noqa: PLR0913, PLR0917 - the options of a command
    folder: Annotated[Path, typer.Argument(help="A registry: a git repository or a plain folder.")] = Path(),
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=_FORMATS, help="Another instant than now, in Shanghai."),
    ] = None,
    party: Annotated[str, typer.Option(help="Only those of a role or an organisation.")] = "",
    since: Annotated[
        datetime | None,
        typer.Option(formats=_FORMATS, help="Only what calls for telling and did not so then: reminders, escalations."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Those that ended too: met, late, closed.")] = False,  # noqa: FBT002 - typer's way
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per clock.")] = False,  # noqa: FBT002 - typer's way
) -> None:
    """List the deadlines that run, are due soon or overdue, or provisional. Reads only; silence is never consent."""
    at = as_of.replace(tzinfo=SHANGHAI) if as_of else papers.now()
    readings = papers.clocks(folder, at)
    if since is not None:
        called = raised(papers.clocks(folder, since.replace(tzinfo=SHANGHAI)), readings)
        for found in (r for r in called if _concerns(party, r.reading)):
            told = json.dumps(_raw(found.reading) | {"call": str(found.call), "key": found.key}, ensure_ascii=False)
            typer.echo(told if as_json else f"{found.call:<11}{_line(found.reading)}")
        return
    for reading in (r for r in readings if (everything or r.state in _OPEN) and _concerns(party, r)):
        typer.echo(json.dumps(_raw(reading), ensure_ascii=False) if as_json else _line(reading))


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
