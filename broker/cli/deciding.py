"""`broker decide`: the decision document of a case, ready to be signed or signed at once."""

from pathlib import Path
from typing import Annotated

import typer

from broker import papers, signing
from broker.cli import drafting
from broker.cli.options import REFUSED
from broker.cli.signing import AgentSocket, KeyFile, source_of
from broker.cli.signing import told as signed_told
from broker.drafts.decision import Ruling, Verdict, decision
from broker.drafts.signers import fitted
from broker.problem import Problem
from broker.registry import named


def decide(  # noqa: PLR0913 - the options of a command
    case: Annotated[
        str, typer.Argument(help="Its request, form or plan, by id; or the case's folder, or a file in it.")
    ],
    filed_by: Annotated[str, typer.Option("--as", help="Who files it (拟办): the id of a Person document.")],
    *,
    approve: Annotated[bool, typer.Option("--approve", help="同意.")] = False,
    refuse: Annotated[bool, typer.Option("--refuse", help="不同意; needs --reason.")] = False,
    give_back: Annotated[bool, typer.Option("--return", help="退回补正: to the unit; needs --reason.")] = False,
    number: Annotated[str, typer.Option(help="Its number, such as 津南网信批〔2026〕11号.")] = "",
    condition: Annotated[list[str] | None, typer.Option(help="A condition of the approval; may be repeated.")] = None,
    reason: Annotated[str, typer.Option(help="Why; the unit reads it.")] = "",
    registry: Annotated[Path, typer.Option(help="The registry to write into.")] = Path(),
    signer: Annotated[
        str, typer.Option("--sign-as", help="Sign at once (签发) as this person of the office, who did not file it.")
    ] = "",
    key: KeyFile = None,
    agent: AgentSocket = None,
) -> None:
    """Write the office's decision on a case: approved, refused, or returned for correction."""
    ruling = Ruling(_verdict(approve, refuse, give_back), number, tuple(condition or ()), reason)
    if signer == filed_by:
        raise typer.BadParameter(f"{signer} would sign what he files; let another person of the office sign")
    if key is not None and not signer:
        raise typer.BadParameter("with --key say who signs (--sign-as)")
    known = papers.read(registry)
    draft = decision(known, papers.within(registry, case), ruling, drafting.filing(known, filed_by))
    fitted(known, draft)
    if signer:
        named.person(known, signer)
    target = drafting.write(draft, registry)
    if not signer:
        typer.echo(drafting.told(draft, target))
        return
    try:
        done = signing.sign([target], signer, "cloud_office", source_of(key, agent))
    except BaseException:
        target.unlink()  # without the signature that was asked for nothing is left half done
        raise
    if faults := [one for one in done if isinstance(one, Problem)]:
        target.unlink()
        typer.echo("\n".join(map(str, faults)))
        raise typer.Exit(REFUSED)
    typer.echo(f"wrote and signed {target}")
    if refused := signed_told(done):
        raise typer.Exit(refused)


def _verdict(approve: bool, refuse: bool, give_back: bool) -> Verdict:  # noqa: FBT001 - one per option
    chosen = [
        verdict
        for verdict, given in (
            (Verdict.APPROVED, approve),
            (Verdict.REFUSED, refuse),
            (Verdict.RETURNED, give_back),
        )
        if given
    ]
    if len(chosen) != 1:
        raise typer.BadParameter("say one of --approve, --refuse, --return")
    return chosen[0]
