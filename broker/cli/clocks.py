"""`broker clocks`: every deadline of the rule, from the papers alone."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from broker import papers
from broker.clock import SHANGHAI
from broker.clocks.clock import Reading, State

_OPEN = frozenset({State.RUNNING, State.DUE_SOON, State.OVERDUE, State.PROVISIONAL})


def clocks(
    folder: Annotated[Path, typer.Argument(help="A registry: a git repository or a plain folder.")] = Path(),
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="Another instant than now, in Shanghai."),
    ] = None,
    party: Annotated[str, typer.Option(help="Only those of a role or an organisation.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Those that ended too: met, late, closed.")] = False,  # noqa: FBT002 - typer's way
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per clock.")] = False,  # noqa: FBT002 - typer's way
) -> None:
    """List the deadlines that run, are due soon or overdue, or provisional. Reads only; silence is never consent."""
    at = as_of.replace(tzinfo=SHANGHAI) if as_of else papers.now()
    readings = [r for r in papers.clocks(folder, at) if everything or r.state in _OPEN]
    shown = [r for r in readings if not party or party in {r.clock.role, r.span.party}]
    for line in _json(shown) if as_json else _text(shown):
        typer.echo(line)


def _text(readings: Iterable[Reading]) -> Iterator[str]:
    for r in readings:
        told = f"{r.state:<11}  {r.last_day} 24:00  {r.clock.id:<24}  {r.span.subject}  {r.span.party or r.clock.role}"
        yield f"{told}  {r.clock.article} {r.clock.title_zh}" + (" (provisional)" if r.provisional else "")


def _json(readings: Iterable[Reading]) -> Iterator[str]:
    return (json.dumps(_raw(r), ensure_ascii=False) for r in readings)


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
