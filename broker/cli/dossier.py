"""`broker case`: everything about one case: versions, decisions, amounts, questions, answers, attachments."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from broker import papers
from broker.cli.options import AsJson
from broker.clock import SHANGHAI
from broker.dossier import Dossier, Version
from quotas.amount import Amount


def case(
    case: Annotated[
        str,
        typer.Argument(help="Any version of its request, form or plan, by id; or its folder, or a file in it."),
    ],
    registry: Annotated[Path, typer.Option(help="A registry: a git work tree or a plain folder.")] = Path(),
    *,
    as_json: AsJson = False,
) -> None:
    """Show a case: every version filed, what was asked at first, is asked now and was approved, questions, papers."""
    found = papers.dossier_of(registry, case)
    typer.echo(json.dumps(_raw(found), ensure_ascii=False, indent=2) if as_json else "\n".join(case_lines(found)))


def case_lines(found: Dossier) -> Iterator[str]:
    """The case in its order: versions, amounts, questions, orders that do nothing to its system, papers."""
    yield f"{found.versions[-1].filed.id}  {found.state}"
    for version in found.versions:
        yield f"  {_told(version)}"
        yield from (f"    {reason.told}" for reason in version.reasons)
    for name, amounts in (("asked first", found.original), ("asked now", found.requested), ("approved", found.decided)):
        for zone, amount in (amounts or {}).items():
            yield f"  {name:<12} {zone:<9} {_amount(amount)}"
    for exchange in found.exchanges:
        yield f"  question {exchange.question.id}: {exchange.question.spec.question}"
        for answer in exchange.answers:
            yield f"    answer {answer.id}: {answer.spec.answer}"
        if not exchange.answers:
            yield "    no answer yet"
    for moot in found.moot:
        yield f"  order {moot.order} of {moot.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}: {moot.fact}; {moot.cure}"
    for document, each in found.attachments:
        yield f"  attachment {each.digest} {each.confidentiality} {each.title} ({each.size_bytes} bytes, of {document})"


def _told(version: Version) -> str:
    metadata = version.filed.document.metadata
    by = f" by {version.decision.id}" if version.decision else ""
    return f"{metadata.filed_on} {version.filed.id} filed by {metadata.filed_by}: {version.state}{by}"


def _amount(amount: Amount) -> str:
    return ", ".join(f"{name} {value}" for name, value in asdict(amount).items() if value) or "nothing"


def _raw(found: Dossier) -> dict[str, Any]:
    return {
        "state": found.state,
        "versions": [
            {
                "id": v.filed.id,
                "filed_on": str(v.filed.document.metadata.filed_on),
                "filed_by": v.filed.document.metadata.filed_by,
                "state": v.state,
                "decision": v.decision.id if v.decision else None,
                "reasons": [reason.told for reason in v.reasons],
            }
            for v in found.versions
        ],
        "original": _zones(found.original),
        "requested": _zones(found.requested),
        "decided": _zones(found.decided),
        "questions": [
            {
                "id": e.question.id,
                "question": e.question.spec.question,
                "answers": [{"id": a.id, "answer": a.spec.answer} for a in e.answers],
            }
            for e in found.exchanges
        ],
        "moot": [{"order": m.order, "at": m.at.isoformat(), "fact": m.fact, "cure": m.cure} for m in found.moot],
        "attachments": [{"document": document, **each.model_dump()} for document, each in found.attachments],
    }


def _zones(amounts: Mapping[str, Amount] | None) -> dict[str, Any] | None:
    return None if amounts is None else {zone: asdict(amount) for zone, amount in amounts.items()}
