"""`broker drift`: what the clouds have beside what was last approved and applied."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from broker.cli.looking import age_text
from broker.cli.options import HOME, REFUSED, UNABLE, AsJson, AsOf, Home, Only
from broker.clock import SHANGHAI
from broker.nearest import all_known

if TYPE_CHECKING:
    from broker.drift.finding import Finding, Standing
    from broker.drift.run import Looked

_SHOWN = 5
_HIDDEN = "the cloud shows it to no account with the broker's role (docs/least-rights.md)"


Whole = Annotated[
    bool, typer.Option("--whole", help="Compare every server whole, also where the cloud tells of no change to it.")
]


def drift(
    home: Home = HOME, as_of: AsOf = None, only: Only = None, *, whole: Whole = False, as_json: AsJson = False
) -> None:
    """Ask the clouds what differs from what was last approved and applied. Nothing is mended.

    Exit 1 if something differs, 2 if nothing is known to differ and a stack could not be asked about.
    """
    from broker import wiring  # noqa: PLC0415 - brings ledger and engine, which papers never need
    from broker.drift.run import look  # noqa: PLC0415 - as above

    with wiring.drifting(wiring.with_ledger(home), as_of) as asking:
        known = asking.stacks()
        all_known("stack with anything on a cloud", only or (), known)
        found = asyncio.run(
            look(asking.desk, tuple(stack for stack in known if not only or stack in only), whole=whole)
        )
    if as_json:
        typer.echo(json.dumps([_written(one) for one in found], ensure_ascii=False, indent=2))
    else:
        for line in lines(found):
            typer.echo(line)
    if any(one.standing and one.standing.differences for one in found):
        raise typer.Exit(REFUSED)
    if any(one.passed_over or (one.standing and one.standing.unknown) for one in found):
        raise typer.Exit(UNABLE)


def lines(found: "tuple[Looked, ...]") -> Iterator[str]:
    """What a person reads: stack by stack, then the sum."""
    for one in found:
        if one.standing is None:
            yield f"{one.stack}  not asked: {one.passed_over}"
            continue
        unchanged = f", servers unchanged since they were compared whole: {one.unchanged}" if one.unchanged else ""
        yield f"{one.stack}  {_headline(one.standing)} ({one.calls} calls{unchanged})"
        yield from (f"  {line}" for line in finding_lines(one.standing.findings))
        yield from (f"  no more: {ended}" for ended in (one.sequel.ended if one.sequel else ()))
        if one.hidden:
            yield f"  not compared: first-boot configuration of {_some(one.hidden)}: {_HIDDEN}"
    differing = sum(bool(one.standing and one.standing.differences) for one in found)
    silent = sum(bool(one.passed_over or (one.standing and one.standing.unknown)) for one in found)
    yield f"drift: {len(found)} stacks, {differing} differ, {silent} not known in full; nothing was changed"


def _headline(standing: "Standing") -> str:
    if standing.since is None:
        return "as approved" if not standing.unknown else "not known"
    ago = age_text((standing.asked_at - standing.since).total_seconds())
    count = len(standing.differences)
    return f"{count} difference{'s' if count > 1 else ''}, seen since {ago}"


def finding_lines(findings: "tuple[Finding, ...]") -> Iterator[str]:
    """One line each; what is unknown for the same reason stands together."""
    from broker.drift.finding import What, subject  # noqa: PLC0415 - as above

    yield from (str(one) for one in findings if one.what is not What.UNKNOWN)
    silent = sorted((str(one.found), one.resource, subject(one)) for one in findings if one.what is What.UNKNOWN)
    for why, of in groupby(silent, key=lambda told: told[0]):
        names = [name for _, _, name in of]
        yield f"unknown: {_some(names)}: {why}"


def _some(names: Sequence[str]) -> str:
    """As many names as a line holds."""
    more = len(names) - _SHOWN
    return f"{', '.join(names[:_SHOWN])}{f' and {more} more' if more > 0 else ''}"


def _instant(at: datetime | None) -> str | None:
    return at.astimezone(SHANGHAI).isoformat() if at else None


def _written(one: "Looked") -> dict[str, Any]:
    standing = one.standing
    return {
        "stack": one.stack,
        "asked_at": _instant(standing.asked_at if standing else None),
        "since": _instant(standing.since if standing else None),
        "findings": [finding.written() for finding in standing.findings] if standing else [],
        "ended": [finding.written() for finding in one.sequel.ended] if one.sequel else [],
        "passed_over": one.passed_over,
        "servers_since": _instant(one.servers_since),
        "servers_unchanged": one.unchanged,
        "not_compared": [f"{name}: user_data" for name in one.hidden],
        "calls": one.calls,
    }
