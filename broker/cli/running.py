"""The commands that bring about what the documents say: plan, reconcile, worker."""

import asyncio
import json
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from broker.cli.options import HOME, REFUSED, AsJson, AsOf, Home, Only
from broker.cli.stopping import on_signals

if TYPE_CHECKING:
    from broker.reconcile import Office
    from broker.settings import Settings

Enqueue = Annotated[bool, typer.Option("--enqueue", help="Decide and record, and leave the stacks to `broker worker`.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="As `broker plan`: writes nothing, calls no cloud.")]
Specs = Annotated[
    Path | None, typer.Option(help="Write the complete description of every stack as JSON into this folder.")
]
Once = Annotated[bool, typer.Option("--once", help="End as soon as no job is due.")]


def plan(
    home: Home = HOME, as_of: AsOf = None, only: Only = None, specs: Specs = None, *, as_json: AsJson = False
) -> None:
    """Say what a reconcile would do now. Writes nothing but what --specs asks for, calls no cloud."""
    from broker import wiring  # noqa: PLC0415 - brings ledger and engine, which papers never need
    from broker.cli import progress, report  # noqa: PLC0415 - as above
    from broker.reconcile import draft  # noqa: PLC0415 - as above

    settings = wiring.deployed(home)

    async def run() -> None:
        async with wiring.office(settings, as_of, progress.quiet) as office:
            to_do = await draft(office, frozenset(only or ()))
        if specs is not None:
            specs.mkdir(parents=True, exist_ok=True)
            for stack, text in report.specs_json(to_do, frozenset(only or ())).items():
                (specs / f"{stack}.json").write_text(text, encoding="utf-8")
        if as_json:
            typer.echo(json.dumps(report.draft_json(to_do), ensure_ascii=False, indent=2))
            return
        _say(report.draft_lines(to_do))

    asyncio.run(run())


def reconcile(  # noqa: PLR0913 - each is an option of the command
    home: Home = HOME,
    as_of: AsOf = None,
    only: Only = None,
    *,
    enqueue: Enqueue = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Make the clouds hold what the documents say. Exit 1 if a stack is not as it should be.

    --json writes one object per event, the last one tells the whole. Interrupted once, it keeps what was done and ends.
    """
    from broker import wiring  # noqa: PLC0415 - brings ledger and engine, which papers never need
    from broker.cli import progress, report  # noqa: PLC0415 - as above
    from broker.reconcile import reconcile as bring_about  # noqa: PLC0415 - as above

    if dry_run:
        plan(home, as_of, only, as_json=as_json)
        return
    settings = wiring.settings(home)

    async def run() -> bool:
        with progress.watching(as_json=as_json) as watch:
            async with wiring.office(settings, as_of, watch, writes=True) as office:
                on_signals(office.stopping)
                if enqueue:
                    return await _enqueue(settings, office, frozenset(only or ()), as_json=as_json)
                done = await bring_about(office, frozenset(only or ()))
        if as_json:
            typer.echo(json.dumps(report.report_json(done), ensure_ascii=False))
        else:
            _say((*report.draft_lines(done.draft), *report.report_lines(done)))
        return done.ok

    if not asyncio.run(run()):
        raise typer.Exit(REFUSED)


def worker(home: Home = HOME, as_of: AsOf = None, *, once: Once = False) -> None:
    """Bring stacks to their targets as jobs ask for it, until told to stop; jobs that run then come to their end."""
    from broker import wiring  # noqa: PLC0415 - brings ledger and engine, which papers never need
    from broker.cli import progress  # noqa: PLC0415 - as above
    from broker.ledger.queue import Pulse, queue  # noqa: PLC0415 - as above
    from broker.worker import serve  # noqa: PLC0415 - as above

    settings = wiring.settings(home)
    tell_on_stderr()

    async def run() -> None:
        pulse = Pulse(settings.worker_beat_s, settings.worker_dead_s, settings.worker_look_s)
        app = queue(wiring.ledger_dsn(settings), pulse)
        async with wiring.office(settings, as_of, progress.line, writes=True) as office:
            await serve(app, office, pulse, lambda told: typer.echo(f"broker worker: {told}", err=True), once=once)

    asyncio.run(run())


class _OneLine(logging.Formatter):
    """What the queue has to say, without the traceback of an error that is told in words."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        reason = f": {record.exc_info[1]}" if record.exc_info and record.exc_info[1] else ""
        return f"broker worker: {record.getMessage()}{reason}"


def tell_on_stderr() -> None:
    """Nothing; what the queue has to say goes to stderr, one line each."""
    handler = logging.StreamHandler()
    handler.setFormatter(_OneLine())
    handler.setLevel(logging.WARNING)
    logging.getLogger("procrastinate").addHandler(handler)


async def _enqueue(settings: "Settings", office: "Office", only: frozenset[str], *, as_json: bool) -> bool:
    from broker import wiring  # noqa: PLC0415 - brings ledger and engine, which papers never need
    from broker.cli import report  # noqa: PLC0415 - as above
    from broker.ledger.queue import Pulse, queue  # noqa: PLC0415 - as above
    from broker.reconcile import decide  # noqa: PLC0415 - as above
    from broker.worker import enqueue, enqueued  # noqa: PLC0415 - as above

    to_do = await decide(office, only)
    stacks = tuple(target.stack for target in to_do.plan.changed)
    new = await enqueue(queue(wiring.ledger_dsn(settings), Pulse()), stacks)
    await office.note(tuple(enqueued(stack, to_do, wiring.person(), office.clock()) for stack in new))
    if as_json:
        waits = [stack for stack in stacks if stack not in new]
        told = {"kind": "enqueued", **report.draft_json(to_do), "enqueued": list(new), "waits": waits}
        typer.echo(json.dumps(told, ensure_ascii=False))
        return not to_do.held
    _say(report.draft_lines(to_do))
    _say(f"  {'enqueued' if stack in new else 'waits   '}  {stack}" for stack in stacks)
    return not to_do.held


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)
