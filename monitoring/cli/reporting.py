"""`broker report`: the monthly reports of a closed month, in four formats, and whether a file is one of them."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from broker.cli.options import HOME, REFUSED, AsOf, Home
from broker.clock import day_of
from broker.documents.issuing import FORMATS
from broker.documents.reporting import REPORT_TITLES, ReportKind
from broker.registry import named

if TYPE_CHECKING:
    from broker.registry.filed import Registry
    from monitoring.metering.period import Month
    from monitoring.reports.desk import Printed

app = typer.Typer(no_args_is_help=True, help="Reports of a closed month: HTML, PDF, DOCX and XLSX of one content.")

MonthOption = Annotated[str, typer.Option("--month", help="A closed month, such as 2026-10.")]
Out = Annotated[Path, typer.Option("--out", file_okay=False, help="Folder to write the files into; made if need be.")]
Formats = Annotated[
    list[str] | None, typer.Option("--format", help=f"Only this of {', '.join(FORMATS)}; may be given more than once.")
]
Provider = Annotated[str, typer.Option("--provider", help="Only this provider's, by id.")]
Unit = Annotated[str, typer.Option("--unit", help="Only what this unit is to have, by id.")]


@app.command()
def ops(month: MonthOption, out: Out, home: Home = HOME, as_of: AsOf = None, formats: Formats = None) -> None:
    """日常管理月报 (C-7(五)): the operations department's, for the cloud office."""
    _issue("ops", month, out, home, as_of, formats)


@app.command()
def provider(  # noqa: PLR0913, PLR0917 - the options of a command
    month: MonthOption,
    out: Out,
    provider: Provider = "",
    unit: Unit = "",
    home: Home = HOME,
    as_of: AsOf = None,
    formats: Formats = None,
) -> None:
    """运行维护报告 (C-9(二)): each provider's, for the cloud office and for every unit with a live system there."""
    _issue("provider", month, out, home, as_of, formats, provider=provider, unit=unit)


@app.command(name="intent-summary")
def intent_summary(  # noqa: PLR0913, PLR0917 - the options of a command
    month: MonthOption,
    out: Out,
    provider: Provider = "",
    home: Home = HOME,
    as_of: AsOf = None,
    formats: Formats = None,
) -> None:
    """意向表月度汇总 (C-13): each provider's list of the month's intent forms, for the cloud office."""
    _issue("intent-summary", month, out, home, as_of, formats, provider=provider)


@app.command(name="supervision-data")
def supervision_data(
    month: MonthOption, out: Out, home: Home = HOME, as_of: AsOf = None, formats: Formats = None
) -> None:
    """监管统计数据 (C-10(一)): what the security supervisor's statistical report stands on."""
    _issue("supervision-data", month, out, home, as_of, formats)


@app.command(name="usage-circular")
def usage_circular(  # noqa: PLR0913, PLR0917 - the options of a command
    month: MonthOption,
    out: Out,
    unit: Unit = "",
    home: Home = HOME,
    as_of: AsOf = None,
    formats: Formats = None,
) -> None:
    """使用情况通报 (C-6(一)、(四)): the cloud office's, whole for itself and cut for each unit."""
    _issue("usage-circular", month, out, home, as_of, formats, unit=unit)


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A report in any of the four formats.")],
    home: Home = HOME,
) -> None:
    """Say whether a file is a report as it was issued, and whether it was confirmed and delivered. Exit 1 if not."""
    from monitoring.reports.verify import Rejected  # noqa: PLC0415 - brings what papers never need
    from monitoring.reports.verify import verify as verified  # noqa: PLC0415 - as above

    found = verified(file.read_bytes(), _read(home, None))
    if isinstance(found, Rejected):
        typer.echo(f"{file}: no issued report: {found.why}", err=True)
        raise typer.Exit(REFUSED)
    issued = found.issued
    typer.echo(f"{file}: {issued.name} ({found.format}), issued {issued.at.isoformat()} for {issued.recipient}")
    if issued.simulated:
        typer.echo("  made under a simulated clock: it proves nothing")
    if found.confirmation is None:
        typer.echo(f"  a draft: {issued.party or 'nobody'} has not confirmed it")
    else:
        typer.echo(f"  confirmed by {issued.party} ({found.confirmation.id})")
    if found.delivered is not None:
        typer.echo(f"  delivered {found.delivered.at.isoformat()} to {found.delivered.recipient}")


@app.command()
def confirm(  # noqa: PLR0913, PLR0917 - the options of a command
    kind: Annotated[str, typer.Argument(help="ops, provider, intent-summary, supervision-data or usage-circular.")],
    month: MonthOption,
    registry: Annotated[Path, typer.Option(help="Work tree of the registry to write the document into.")],
    filed_by: Annotated[str, typer.Option("--as", help="Who files it: the id of a Person document.")],
    party: Annotated[str, typer.Option(help="Whose reports, by id; needed where several have one of this kind.")] = "",
    home: Home = HOME,
    as_of: AsOf = None,
) -> None:
    """Write the document by which a party takes its issued reports as its own, ready to be signed."""
    from monitoring.reports.confirming import NothingToConfirm, confirming  # noqa: PLC0415 - as above

    if kind not in REPORT_TITLES:
        raise typer.BadParameter(f"there is no report {kind}; there are {', '.join(REPORT_TITLES)}")
    known = _read(home, as_of)
    named.person(known, filed_by)
    if party:
        named.organisation(known, party)
    try:
        made = confirming(known, kind, str(_month(month)), party, filed_by, _today(as_of))  # type: ignore[arg-type]  # it was looked up
    except NothingToConfirm as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(REFUSED) from error
    target = registry / made.path
    if target.exists():
        typer.echo(f"{target} is there already", err=True)
        raise typer.Exit(REFUSED)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(made.text, encoding="utf-8")
    typer.echo(f"wrote {target}; then: broker sign {target} --as {filed_by} --role ROLE --key FILE, and merge both")


@app.command()
def deliver(home: Home = HOME, as_of: AsOf = None) -> None:
    """Hand every confirmed report over to its recipient through the outbox, once; says what waits for whom."""
    from broker import wiring  # noqa: PLC0415 - as above
    from broker.issuance import standing  # noqa: PLC0415 - as above

    with wiring.archive(wiring.deployed(home), as_of) as archive:
        ready, waiting = standing(archive.registry)
        for record in archive.deliver(ready) if ready else ():
            typer.echo(f"{record.name}  delivered to {record.recipient}, confirmed by {record.confirmation}")
    for one in waiting:
        why = f"{one.other} confirms another content of it" if one.other else "not confirmed"
        typer.echo(f"{one.issued.name}  waits for {one.issued.party}: {why}")


def _read(home: Path, as_of: AsOf) -> "Registry":
    from broker import wiring  # noqa: PLC0415 - as above

    return wiring.registry_of(wiring.deployed(home), as_of)


def _today(as_of: AsOf) -> date:
    from broker import wiring  # noqa: PLC0415 - as above

    return day_of(wiring.given_clock(as_of)())


def _issue(  # noqa: PLR0913, PLR0917 - the options of a command
    kind: ReportKind,
    month: str,
    out: Path,
    home: Path,
    as_of: AsOf,
    formats: list[str] | None,
    provider: str = "",
    unit: str = "",
) -> None:
    from broker import wiring  # noqa: PLC0415 - as above
    from monitoring import issuing  # noqa: PLC0415 - as above
    from monitoring.reports.desk import NotClosed, issue  # noqa: PLC0415 - as above
    from monitoring.reports.kinds import NoSuchReport  # noqa: PLC0415 - as above

    wanted, chosen = _month(month), _chosen(formats)
    with issuing.desk(wiring.deployed(home), as_of) as desk:
        for name in filter(None, (provider, unit)):
            named.organisation(desk.registry, name)
        try:
            for done in issue(desk, kind, wanted, provider, unit):
                _write(done, out, chosen)
        except (NotClosed, NoSuchReport) as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(REFUSED) from error


def _month(text: str) -> "Month":
    from monitoring.metering.period import Month  # noqa: PLC0415 - as above

    try:
        return Month.read(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _chosen(formats: list[str] | None) -> frozenset[str]:
    if unknown := sorted(set(formats or ()) - set(FORMATS)):
        raise typer.BadParameter(f"there is no format {', '.join(unknown)}; there are {', '.join(FORMATS)}")
    return frozenset(formats or FORMATS)


def _write(done: "Printed", out: Path, chosen: frozenset[str]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    told = "issued" if done.fresh else "was issued before, the same bytes"
    typer.echo(f"{done.issued.name}  {told}  code {done.code}")
    for form, data in done.files.items():
        if form in chosen:
            path = out / f"{done.issued.name}.{form}"
            path.write_bytes(data)
            typer.echo(f"  wrote {path}")
