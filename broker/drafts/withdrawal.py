"""The decision that takes an approved change or elastic grant back: the cure of an apply that cannot succeed (C-12)."""

from pathlib import PurePosixPath

from broker.documents.cases import IntentDecisionSpec, Leaving, OnboardingRequestSpec, ServiceIntentFormSpec
from broker.drafts.draft import Draft, Filing, drafted, ended, unused
from broker.errors import CannotDraft
from broker.nearest import unknown
from broker.registry.filed import Filed, Registry


def withdrawal(known: Registry, form: str, reason: str, filing: Filing) -> Draft:
    """The withdrawal of the approval of a form; it lies beside the decision.

    Raises:
        CannotDraft: There is no such form, it is not approved, or it is no matter that a decision takes back.
    """
    decision = _approval(known, form)
    name = unused(known, ended(decision.id, "-withdrawn"))
    path = PurePosixPath(decision.path).parent / f"{name}.yaml"
    content = {"form": form, "decision": "refused", "reason": reason, "decided_on": str(filing.day)}
    back = Filing(filing.by, filing.day, withdraws=decision.id)
    comment = f"撤回决定 (C-12): takes back {decision.path}; the system goes back to what it was before"
    return drafted(IntentDecisionSpec, name, path, back, content, comment)


def _approval(known: Registry, form: str) -> Filed[IntentDecisionSpec]:
    filed = known.get(form)
    if filed is not None and isinstance(filed.spec, OnboardingRequestSpec):
        raise CannotDraft(f"{form} is an onboarding request: a system that was approved leaves by an exit form")
    if filed is None or not isinstance(filed.spec, ServiceIntentFormSpec):
        forms = (f.id for f in known.in_force(ServiceIntentFormSpec))
        raise CannotDraft(f"{unknown('form', form, forms)}; `broker status` names those not applied")
    if isinstance(filed.spec.intent, Leaving):
        raise CannotDraft(f"{form} is an exit: it ends with the hand-over, or the unit files a new request")
    approved = [d for d in known.in_force(IntentDecisionSpec) if d.spec.form == form and d.spec.decision == "approved"]
    if not approved:
        raise CannotDraft(f"{form} has no approval in force: there is nothing to take back")
    return approved[-1]
