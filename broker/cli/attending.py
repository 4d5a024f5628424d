"""`broker pulumi`: a person's own command on a stack, with everything that the broker's runs have."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from broker.cli.options import HOME, AsOf, Home

if TYPE_CHECKING:
    from broker.engine.events import Event
    from broker.plan.target import Target


def pulumi(
    arguments: Annotated[list[str], typer.Argument(help="After `--`: what you would type after `pulumi`.")],
    stack: Annotated[str, typer.Option(help="The stack: SYSTEM.ZONE.PROVIDER, as `broker status` names it.")],
    home: Home = HOME,
    as_of: AsOf = None,
) -> None:
    """Run the real Pulumi CLI on one stack, under its lease, with its state, and with the permit of its documents.

    Such as `broker pulumi --stack edu-portal.internet.provider-b -- preview --diff`. Exits as Pulumi does.
    """
    from broker import wiring  # noqa: PLC0415 - brings ledger and engine, which papers never need
    from broker.reconcile import draft, workable  # noqa: PLC0415 - as above

    async def run() -> int:
        async with wiring.office(wiring.deployed(home), as_of, _quiet, writes=True) as office:
            target = workable(await draft(office), stack)
            return await office.attend(target, tuple(arguments))

    raise typer.Exit(asyncio.run(run()))


def _quiet(_target: "Target", _event: "Event") -> None:
    """The CLI itself tells what it does."""
