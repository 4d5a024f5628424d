"""The commands that look: status and events."""

import asyncio
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from broker.cli.options import HOME, REFUSED, AsJson, AsOf, Home
from broker.clock import SHANGHAI
from broker.nearest import all_known

if TYPE_CHECKING:
    from broker.ledger.events import Happened
    from broker.status import Paper, StackStatus, Status

_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60))


def status(home: Home = HOME, as_of: AsOf = None, *, as_json: AsJson = False) -> None:
    """Say how every stack and every merged paper stands. Exit 1 if a stack has failed, is held up or differs."""
    from broker import wiring  # noqa: PLC0415 - brings ledger and engine, which papers never need
    from broker.status import Stage  # noqa: PLC0415 - as above

    found = asyncio.run(wiring.status_of(wiring.with_ledger(home), as_of))
    if as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2, default=str))
    else:
        _say(status_lines(found))
    if any(stack.stage in {Stage.FAILED, Stage.HELD} or stack.differs for stack in found.stacks):
        raise typer.Exit(REFUSED)


def events(
    stack: Annotated[str, typer.Argument(help="A stack, as `broker status` names them.")],
    home: Home = HOME,
    last: Annotated[int, typer.Option(min=1, help="Only the last so many lines.")] = 200,
    *,
    as_json: AsJson = False,
) -> None:
    """Say what happened to a stack, oldest first."""
    from broker import wiring  # noqa: PLC0415 - brings ledger and engine, which papers never need
    from broker.ledger.events import last as last_of  # noqa: PLC0415 - as above
    from broker.ledger.stacks import summaries  # noqa: PLC0415 - as above

    settings = wiring.with_ledger(home)
    with wiring.ledger(settings) as connections, connections.connection() as connection:
        found = last_of(connection, stack, last)
        there = summaries(connection).keys() if not found else ()
    if not found and stack not in there:
        all_known("stack", (stack,), {*there, *wiring.stacks_of(settings)})
    if as_json:
        _say(json.dumps(asdict(line), ensure_ascii=False, default=str) for line in found)
        return
    _say(event_lines(found) if found else (f"{stack}: nothing has happened to it yet",))


def _age(stack: "StackStatus") -> str:
    if stack.age_s is None:
        return "" if stack.stage == "removed" else "never"
    return f"{age_text(stack.age_s)} ago"


def status_lines(found: "Status") -> Iterator[str]:
    """One line per stack, then the papers without effect and why."""
    yield f"registry {found.head[:12]} at {found.as_of:%Y-%m-%d %H:%M %Z}: {len(found.stacks)} stacks"
    for stack in found.stacks:
        age = _age(stack)
        job = f"job {stack.job}" if stack.job else ""
        line = f"  {stack.stage:<8}  {stack.stack:<48}  {stack.digest[:12]:<12}  {age:<12}  {job}  {stack.reason}"
        yield line.rstrip()
        yield from (f"    differs: {one}" for one in stack.differs)
    if found.away:
        yield f"git host away: {found.away}; nothing new is admitted, what was admitted is carried out"
    yield from _papers("merged, not admitted", found.not_admitted)
    yield from _papers("merged, not applied", found.not_applied)
    if found.by_hand:
        yield f"to be made by hand: {len(found.by_hand)}"
    yield from (f"  {item.stack}  {item}; file ManualWork when it is there" for item in found.by_hand)
    if found.measures:
        yield f"compulsory measures to be carried out by people: {len(found.measures)}"
    for open_ in found.measures:
        age, about = (
            age_text((found.as_of - open_.since).total_seconds()),
            ", ".join(open_.systems) or "no system",
        )
        yield f"  {open_.order}  {age}  {about}: {open_.measure}; file Completion when it is done"
    if found.moot:
        yield f"orders that change nothing: {len(found.moot)}"
    for moot in found.moot:
        yield f"  {moot.order}  {moot.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}  {moot.fact}; {moot.cure}"
    if found.uncertified:
        yield f"wiped without the provider's certificate: {len(found.uncertified)}"
    for one in found.uncertified:
        age = age_text((found.as_of - one.wiped_at).total_seconds())
        yield f"  {one.stack}  {age} ago, evidence {one.evidence}; file WipeCertificate"
    yield from _duties(found)


def event_lines(lines: Iterable["Happened"]) -> Iterator[str]:
    """One line each: when (in Shanghai), in which run, what."""
    for line in lines:
        body = line.body if isinstance(line.body, dict) else {}
        told = "  ".join(
            str(body[name]) for name in ("op", "resource", "count", "message", "changes") if body.get(name)
        )
        yield f"{line.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}  run {line.epoch:<4}  {line.kind:<9}  {told}"


def age_text(seconds: float) -> str:
    """The time in its largest whole unit.

    >>> age_text(59), age_text(7200), age_text(200_000)
    ('59 s', '2 h', '2 d')
    """
    for unit, size in _UNITS:
        if seconds >= size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _duties(found: "Status") -> Iterator[str]:
    if found.duties:
        yield "daemon:"
    for one in found.duties:
        lasting = "" if one.ok else f" for {age_text((found.as_of - one.since).total_seconds())}"
        ago = age_text((found.as_of - one.at).total_seconds())
        yield f"  {'ok ' if one.ok else 'BAD'}{lasting}  {one.name}, {ago} ago: {one.told}"


def _papers(title: str, papers: tuple["Paper", ...]) -> Iterator[str]:
    if papers:
        yield f"{title}: {len(papers)}"
    for paper in papers:
        yield f"  {paper.id}  ({age_text(paper.age_s)})"
        yield from (f"    {reason}" for reason in paper.reasons)


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)
