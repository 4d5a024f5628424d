"""`broker backup`: what is due by DR class is backed up, recorded, and tried by restoring."""

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from broker.cli.options import HOME, REFUSED, AsOf, Home, Only
from broker.cli.stopping import on_signals
from broker.documents.backups import BackupErased, BackupRun, RestoreTest

if TYPE_CHECKING:
    from broker.backup.run import Ended, Round

DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what is due; call no cloud and write nothing.")]
TryRestoring = Annotated[
    bool,
    typer.Option(
        "--restore-test",
        help="Also restore one volume and every bucket copy of each stack.",
    ),
]

_STOPPED = "; told to stop before all was done: run it again, it goes on from there"
_NOTHING = "backup: nothing is due"


def backup(
    home: Home = HOME,
    as_of: AsOf = None,
    only: Only = None,
    *,
    dry_run: DryRun = False,
    restore_test: TryRestoring = False,
) -> None:
    """Make the backups that are due by DR class, and erase what newer ones replaced. Exit 1 if one was not made.

    Where nothing is due it says so, and that is no error. Interrupted once, it records what was made and ends.
    """
    from broker import wiring  # noqa: PLC0415 - brings ledger and engine, which papers never need
    from broker.backup.run import backup as run_backups  # noqa: PLC0415 - as above
    from broker.backup.run import rounds  # noqa: PLC0415 - as above

    settings = wiring.deployed(home)

    async def run() -> bool:
        stopping = asyncio.Event()
        async with wiring.backups(settings, as_of, stopping, writes=not dry_run) as desk:
            if dry_run:
                due = [line for to_do in rounds(desk, frozenset(only or ())) for line in _due(to_do)]
                _echo(iter(due or (_NOTHING,)))
                return True
            on_signals(stopping)
            done = await run_backups(desk, frozenset(only or ()), try_restoring=restore_test)
        _echo(line for ended in done for line in _told(ended))
        if not done:
            typer.echo(_NOTHING)
            return True
        made = sum(isinstance(record, BackupRun) and record.made for ended in done for record in ended.records)
        failed = sum(len(ended.failures) for ended in done)
        stopped = any(ended.stopped for ended in done)
        typer.echo(f"backup: {made} made, {failed} failed{_STOPPED if stopped else ''}")
        return not (failed or stopped)

    if not asyncio.run(run()):
        raise typer.Exit(REFUSED)


def _due(to_do: "Round") -> Iterator[str]:
    for make in to_do.makes:
        yield f"{to_do.place.stack}  {make.mode:<11}  {make.subject.kind} {make.subject.name}"
    for erase in to_do.gone:
        yield f"{to_do.place.stack}  erase        {erase.run.kind} {erase.run.name} of {erase.run.day}"


def _told(ended: "Ended") -> Iterator[str]:
    stack = ended.place.stack
    if ended.stopped:
        yield f"{stack}  left off     told to stop; what is not told here is still due"
    if ended.busy:
        yield f"{stack}  another process works on it; run it again later"
    for record in ended.records:
        match record:
            case BackupRun(made=True):
                yield f"{stack}  {record.mode:<11}  {record.kind} {record.name}"
            case BackupErased():
                yield f"{stack}  erased       {record.key} ({record.why})"
            case RestoreTest(passed=True):
                yield f"{stack}  restored     {record.told}"
            case _:
                continue
    yield from (f"{stack}  FAILED       {failure}" for failure in ended.failures)


def _echo(lines: Iterator[str]) -> None:
    for line in lines:
        typer.echo(line)
