"""`broker close-month`."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from broker.cli.options import HOME, REFUSED, UNABLE, AsOf, Home
from broker.clock import day_of
from broker.registry import named

if TYPE_CHECKING:
    from monitoring.metering.desk import Closed


def close_month(  # noqa: PLR0913 - the options of a command
    month: Annotated[str, typer.Argument(help="Such as 2026-10: a calendar month in Shanghai that is over.")],
    home: Home = HOME,
    as_of: AsOf = None,
    *,
    accept_coverage: Annotated[
        str, typer.Option(help="Why the month is closed although too little is known of its use; stands in its facts.")
    ] = "",
    ask_stores: Annotated[
        bool, typer.Option("--stores/--no-stores", help="Ask object stores how full buckets are; else it is unknown.")
    ] = True,
    facts: Annotated[Path | None, typer.Option(help="Write the facts as canonical JSON here.")] = None,
    focus: Annotated[Path | None, typer.Option(help="Write the showback as FOCUS 1.2 CSV here.")] = None,
    papers: Annotated[
        Path | None, typer.Option(help="Registry to write the UtilisationFacts documents into, ready to be signed.")
    ] = None,
    filed_by: Annotated[str, typer.Option("--as", help="Who files them: the id of a Person document.")] = "",
) -> None:
    """Freeze a month: what was taken, used, interrupted, paid. Closing it twice changes nothing. Exit 1 if refused."""
    from broker import wiring as broker_wiring  # noqa: PLC0415 - brings ledger and clouds, which papers never need
    from monitoring import closing  # noqa: PLC0415 - as above
    from monitoring.metering.close import CoverageLow  # noqa: PLC0415 - as above
    from monitoring.metering.desk import NotClosable  # noqa: PLC0415 - as above
    from monitoring.metering.desk import close_month as close  # noqa: PLC0415 - as above
    from monitoring.metering.period import Month  # noqa: PLC0415 - as above
    from monitoring.utilisation.source import SourceFailed  # noqa: PLC0415 - as above

    if papers is not None and not filed_by:
        raise typer.BadParameter("--papers needs --as: who files the documents")
    try:
        wanted = Month.read(month)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    with closing.desk(broker_wiring.deployed(home), as_of, ask_stores=ask_stores) as desk:
        if filed_by:
            named.person(desk.registry, filed_by)
        try:
            done = close(desk, wanted, accept_coverage)
        except (CoverageLow, NotClosable) as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(REFUSED) from error
        except SourceFailed as error:
            typer.echo(f"closing {wanted}: {error}", err=True)
            raise typer.Exit(UNABLE) from error
        now = desk.clock()
    _tell(done)
    _write(done, facts, focus)
    if papers is not None:
        _file(done, papers, filed_by, now)


def _tell(done: "Closed") -> None:
    from monitoring.metering.facts import INSUFFICIENT  # noqa: PLC0415 - as above

    facts = done.facts
    typer.echo(f"{facts.month} {'closed' if done.fresh else 'was closed before'}: {done.digest}")
    known = "no server ran" if facts.coverage is None else f"{facts.coverage:.1%} of the servers' running time"
    typer.echo(f"  coverage {known}; policy {facts.policy} {facts.policy_digest[:19]}…")
    for system in facts.systems:
        cpu = system.statistics["cpu"]
        shown = f"CPU p95 {cpu.p95:.1%} ({cpu.coverage:.0%})" if cpu.sufficient else f"CPU {INSUFFICIENT}"
        there = system.availability
        up = f"{there.assessed_ratio:.4%}" if there.assessed_ratio is not None else INSUFFICIENT
        cost = f"{system.cost_yuan} 元" if system.cost_yuan else "no price"
        typer.echo(f"  {system.system}.{system.zone}.{system.provider}  {shown}  availability {up}  {cost}")
    counts = f"{len(facts.resources)} resources, {len(facts.advice)} advice, {len(facts.excluded)} left out"
    typer.echo(f"  {counts}, {len(facts.corrections)} corrections of earlier months")


def _write(done: "Closed", facts: Path | None, focus: Path | None) -> None:
    from monitoring.metering.facts import written  # noqa: PLC0415 - as above
    from monitoring.metering.focus import NoPrice, table  # noqa: PLC0415 - as above

    if facts is not None:
        facts.write_bytes(written(done.facts))
        typer.echo(f"wrote {facts}")
    if focus is not None:
        try:
            focus.write_text(table(done.facts), encoding="utf-8", newline="")
        except NoPrice as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(REFUSED) from error
        typer.echo(f"wrote {focus}")


def _file(done: "Closed", registry: Path, filed_by: str, now: datetime) -> None:
    from monitoring.metering.papers import papers  # noqa: PLC0415 - as above

    for paper in papers(done.facts, filed_by, day_of(now)):
        target = registry / paper.path
        if target.exists():
            typer.echo(f"{target} is there already")
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(paper.text, encoding="utf-8")
        typer.echo(f"wrote {target}; then: broker sign {target} --as {filed_by} --role ops_department --key FILE")
