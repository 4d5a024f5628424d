"""`broker balance`: what a numbered approval gave, what was drawn down, and what is left."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

import typer

from broker.cli.options import HOME, AsJson, AsOf, Home
from broker.documents.cases import OnboardingApprovalSpec
from broker.errors import NameUnknown
from broker.estate.balance import Balance, balance_of
from broker.nearest import unknown


def balance(
    number: Annotated[
        str, typer.Argument(help="Number of the approval, such as 津南网信批〔2026〕11号 or RY-2026-011.")
    ],
    home: Home = HOME,
    as_of: AsOf = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Say what an approval (入云批复) gave each of its systems, what they have drawn down of it, and what is left."""
    from broker import wiring  # noqa: PLC0415 - brings ledger and engine, which papers never need

    settings = wiring.deployed(home)
    try:
        known = wiring.registry_of(settings, as_of)
        found = balance_of(number, known, wiring.given_clock(as_of)())
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    if found is None:
        numbers = (approval.spec.number for approval in known.in_force(OnboardingApprovalSpec))
        raise NameUnknown(unknown("approval in force with the number", number, numbers))
    if as_json:
        left = {"left": found.left.parts(), "left_by_line": [line.left.parts() for line in found.lines]}
        typer.echo(json.dumps(asdict(found) | left, ensure_ascii=False, indent=2, default=str))
        return
    for line in balance_lines(found):
        typer.echo(line)


def balance_lines(found: Balance) -> Iterator[str]:
    """The account in plain lines; amounts name their units."""
    until = f", valid until {found.valid_until}" if found.valid_until else ""
    yield f"{found.number} ({found.document}) {found.decision} on {found.decided_on}{until}"
    for line in found.lines:
        yield f"  {line.system}/{line.zone}  {line.stage}"
        yield f"    granted   {line.granted}"
        if line.entitled != line.granted:
            yield f"    entitled  {line.entitled}  (with what was decided since)"
        yield f"    drawn     {line.drawn}"
        yield f"    left      {line.left}"
    yield f"  left in all: {found.left}"
