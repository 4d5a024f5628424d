"""`broker withdraw`: the decision that takes an approved change or elastic grant back, written ready to be signed."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Annotated

import typer
import yaml

from broker import papers
from broker.clock import day_of
from broker.documents.cases import ExitIntent, IntentDecisionSpec, OnboardingRequestSpec, ServiceIntentFormSpec
from broker.drafts.draft import ended
from broker.registry.filed import Filed, Registry


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The decision to be taken back, and what is said of it."""

    decision: Filed[IntentDecisionSpec]
    filed_by: str
    reason: str
    day: date

    @property
    def name(self) -> str:
        """The id of the new document."""
        return ended(self.decision.id, "-withdrawn")

    @property
    def path(self) -> PurePosixPath:
        """Where it lies in the registry: beside the decision."""
        return PurePosixPath(self.decision.path).parent / f"{self.name}.yaml"


def withdraw(
    form: Annotated[str, typer.Argument(help="The form, by id, as `broker status` names it: merged, not applied.")],
    filed_by: Annotated[str, typer.Option("--as", help="Who files it: the id of a Person document.")],
    reason: Annotated[str, typer.Option(help="Why, for the record; such as 云平台容量不足，无法开通.")],
    registry: Annotated[Path, typer.Option(help="The registry to write into.")] = Path(),
) -> None:
    """Write the decision that takes an approved change back: the cure of an apply that cannot succeed.

    Its stack goes back to what it was before. What was merged stays; data goes only where a document says so.
    """
    found = prepared(papers.read(registry), form, filed_by, reason, day_of(papers.now()))
    target = registry / found.path
    if target.exists():
        raise typer.BadParameter(f"{target} is there already; sign and merge it")
    target.write_text(text(found), encoding="utf-8")
    typer.echo(f"wrote {target}; read it, then: broker sign {target} --as PERSON --role cloud_office --key FILE")
    typer.echo("who files it does not sign it; `broker check . --base origin/main` says what it does to the estate")


def prepared(known: Registry, form: str, filed_by: str, reason: str, day: date) -> Withdrawal:
    """The withdrawal of the approval of a form.

    Raises:
        typer.BadParameter: There is no such form, it is not approved, or it is no matter that a decision takes back.
    """
    filed = known.get(form)
    if filed is not None and isinstance(filed.spec, OnboardingRequestSpec):
        raise typer.BadParameter(f"{form} is an onboarding request: a system that was approved leaves by an exit form")
    if filed is None or not isinstance(filed.spec, ServiceIntentFormSpec):
        raise typer.BadParameter(f"there is no form {form} in the registry; `broker status` names those not applied")
    if isinstance(filed.spec.intent, ExitIntent):
        raise typer.BadParameter(f"{form} is an exit: it ends with the hand-over, or the unit files a new request")
    approved = [d for d in known.in_force(IntentDecisionSpec) if d.spec.form == form and d.spec.decision == "approved"]
    if not approved:
        raise typer.BadParameter(f"{form} has no approval in force: there is nothing to take back")
    return Withdrawal(approved[-1], filed_by, reason, day)


def text(withdrawal: Withdrawal) -> str:
    """The document, with the reason for it as a comment."""
    decision = withdrawal.decision
    metadata = {
        "id": withdrawal.name,
        "filed_on": str(withdrawal.day),
        "filed_by": withdrawal.filed_by,
        "withdraws": decision.id,
    }
    spec = {
        "form": decision.spec.form,
        "decision": "refused",
        "reason": withdrawal.reason,
        "decided_on": str(withdrawal.day),
    }
    document = {"apiVersion": "govcloud/v1", "kind": decision.kind, "metadata": metadata, "spec": spec}
    head = f"# 撤回决定 (C-12): takes back {decision.path}; the system goes back to what it was before\n"
    return head + yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
