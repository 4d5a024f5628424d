"""`broker waivers`: which rules are lifted for whom, until when, and by which of them nothing was ever admitted."""

import json
from typing import Any

import typer

from broker.cli.options import HOME, AsJson, AsOf, Home
from broker.decide.waived import Waived, waived


def waivers(home: Home = HOME, as_of: AsOf = None, *, as_json: AsJson = False) -> None:
    """List every waiver in force at the door: coming, live, expiring in 30 days, expired, and unused ones."""
    from broker import wiring  # noqa: PLC0415 - brings ledger and engine, which papers never need

    settings = wiring.deployed(home)
    found = waived(wiring.registry_of(settings, as_of), wiring.given_clock(as_of)())
    for each in found:
        typer.echo(json.dumps(_raw(each), ensure_ascii=False) if as_json else _line(each))
    if not found and not as_json:
        typer.echo("no rule is waived for any system")


def _line(found: Waived) -> str:
    spec, states = found.waiver.spec, ", ".join(found.states)
    kinds, used = ", ".join(spec.document_kinds), ", ".join(found.used_by) or "nothing"
    return (
        f"{found.waiver.id}  {spec.rule}  {spec.system} ({kinds})  {spec.valid_from} to {spec.valid_until}  {states}\n"
        f"  admitted by it: {used}; risk: {spec.risk_owner}; instead: {spec.compensating_measure}"
    )


def _raw(found: Waived) -> dict[str, Any]:
    spec = found.waiver.spec.model_dump(mode="json")
    return {"id": found.waiver.id, **spec, "states": list(found.states), "used_by": list(found.used_by)}
