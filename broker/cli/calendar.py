"""`broker calendar`: what is due when, which notices are known, and how a new year's notice is entered."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from pydantic import ValidationError

from broker import papers
from broker.calendar.calendar import calendar_of
from broker.calendar.deadline import MOST_WORKING_DAYS, Deadline, due, latest_notice
from broker.calendar.published import published
from broker.clock import day_of
from broker.documents.calendar import CalendarNoticeSpec
from broker.documents.kinds import DOCUMENTS

app = typer.Typer(help="Working days by the State Council's yearly notices.", no_args_is_help=True)

Registry = Annotated[Path | None, typer.Option(help="A registry whose own notices count too.")]


@app.command("due")
def due_(
    start: Annotated[str, typer.Argument(help="A day, or an instant with its offset, which is taken in Shanghai.")],
    working_days: Annotated[int, typer.Argument(min=1, max=MOST_WORKING_DAYS, help="How many working days.")],
    before: Annotated[bool, typer.Option("--before", help="Count back: the latest day for a notice.")] = False,  # noqa: FBT002 - typer's way
    registry: Registry = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,  # noqa: FBT002 - typer's way
) -> None:
    """Say until when something is in time: the start day is not counted, the last day ends at 24:00 in Shanghai."""
    first = _day(start)
    calendar = calendar_of(_entered(registry))
    deadline = latest_notice(calendar, first, working_days) if before else due(calendar, first, working_days)
    if as_json:
        told = {"day": deadline.day.isoformat(), "at": deadline.at.isoformat(), "provisional": deadline.provisional}
        return typer.echo(json.dumps(told))
    return typer.echo(_told(deadline))


@app.command()
def show(registry: Registry = None) -> None:
    """List the notices that are known, with paper and source."""
    known = {notice.year: (notice, "package") for notice in published()}
    known |= {notice.year: (notice, "registry") for notice in _entered(registry)}
    for year, (notice, origin) in sorted(known.items()):
        typer.echo(f"{year}  {origin:<8}  {notice.number}  {notice.published_on}  {notice.source}")
    typer.echo(f"{max(known) + 1} and later: not announced; deadlines that reach there are provisional")


@app.command()
def add(  # noqa: PLR0913, PLR0917 - the fields of a notice
    year: Annotated[int, typer.Argument(help="The year that the notice arranges.")],
    number: Annotated[str, typer.Option(help="Number of the paper, such as 国办发明电〔2025〕7号.")],
    published_on: Annotated[str, typer.Option("--published", help="Date of the paper.")],
    source: Annotated[str, typer.Option(help="Where the paper can be read.")],
    off: Annotated[list[str], typer.Option(help="A holiday, as NAME=FIRST..LAST; may be given more than once.")],
    filed_by: Annotated[str, typer.Option("--as", help="Who files it: the id of a Person document.")],
    filed_on: Annotated[str, typer.Option(help="Date of filing.")],
    work: Annotated[list[str] | None, typer.Option(help="A weekend day that is worked; more than once.")] = None,
    registry: Annotated[Path, typer.Option(help="The registry to write into.")] = Path(),
) -> None:
    """Write a year's notice as a document into a registry, ready to be signed by the office."""
    before = _Before.of(registry, year)
    spec = {
        "year": year,
        "number": number,
        "published_on": published_on,
        "source": source,
        "holidays": [_holiday(text) for text in off],
        "working_days": list(work or ()),
    }
    metadata = {"id": before.name, "filed_on": filed_on, "filed_by": filed_by}
    if before.supersedes:
        metadata["supersedes"] = before.supersedes
    raw = {"apiVersion": "govcloud/v1", "kind": "CalendarNotice", "metadata": metadata, "spec": spec}
    try:
        DOCUMENTS["CalendarNotice"].model_validate_json(json.dumps(raw))
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False))
        raise typer.BadParameter(f"the notice does not hold: {told}") from error
    path = registry / "platform" / f"{before.name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(raw, allow_unicode=True, sort_keys=False), encoding="utf-8")
    typer.echo(f"{path}: let a person of the office sign it (broker sign) and file both in one commit")


@dataclass(frozen=True, slots=True)
class _Before:
    """The id of the new document, and the notice of the same year that it takes the place of."""

    name: str
    supersedes: str | None

    @classmethod
    def of(cls, registry: Path, year: int) -> "_Before":
        found = papers.read(registry)
        old = [f.id for f in found.in_force(CalendarNoticeSpec) if f.spec.year == year]
        ever = sum(f.spec.year == year for f in found.of(CalendarNoticeSpec))
        return cls(f"calendar-{year}" + (f"v{ever + 1}" if ever else ""), old[-1] if old else None)


def _entered(registry: Path | None) -> tuple[CalendarNoticeSpec, ...]:
    return tuple(f.spec for f in papers.read(registry).in_force(CalendarNoticeSpec)) if registry else ()


def _day(text: str) -> date:
    try:
        if len(text) == len("2026-02-13"):
            return date.fromisoformat(text)
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text} is no day such as 2026-02-13, nor an instant") from error
    if instant.tzinfo is None:
        raise typer.BadParameter(f"{text} has no offset; write it such as 2026-02-13T23:59:00+08:00")
    return day_of(instant)


def _holiday(text: str) -> dict[str, Any]:
    name, equals, days = text.partition("=")
    first, _, last = days.partition("..")
    if not equals or not first:
        raise typer.BadParameter(f"{text} is no holiday such as 元旦=2027-01-01..2027-01-03")
    return {"name_zh": name, "first_day": first, "last_day": last or first}


def _told(deadline: Deadline) -> str:
    told = f"{deadline.day:%a %Y-%m-%d} 24:00"
    return f"{told} (provisional: the notice of that time is not out)" if deadline.provisional else told
