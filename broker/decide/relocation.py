"""The facts about a move to another provider: a new stack, its data accepted, then the old one leaves (C-9, C-29)."""

from collections.abc import Iterator

from broker.decide.case import Case
from broker.decide.wish import request_of
from broker.documents.cases import GoLiveSpec, OnboardingRequestSpec, RelocationIntent, ServiceIntentFormSpec
from broker.documents.readiness import AcceptanceSpec
from broker.estate.system import HALTED, RUNNING, Lifecycle, System
from policies.facts import GapFact


def request_gaps(spec: OnboardingRequestSpec, case: Case) -> Iterator[GapFact]:
    """What a request may say of the system whose place it takes."""
    if spec.relocates is None:
        return
    field, moved = "spec.relocates", case.standing.systems.get(spec.relocates)
    # what an order keeps still may move too: its provider may be why (C-29)
    if moved is None or moved.lifecycle not in RUNNING | HALTED:
        yield GapFact(field, f"{spec.relocates} 不在用，无从迁移", "删去 relocates，按新系统入云")
        return
    if moved.unit != spec.unit:
        yield GapFact(field, f"{moved.id} 属于 {moved.unit}", "由该系统的使用单位申请")
    if moved.provider == spec.provider:
        cure = "在同一服务商处变更资源用意向表(change)；迁移填写另一服务商"
        yield GapFact("spec.provider", f"{moved.id} 已在 {spec.provider}", cure)


def form_gaps(spec: ServiceIntentFormSpec, case: Case) -> Iterator[GapFact]:
    """That the successor was not filed as one."""
    if not isinstance(spec.intent, RelocationIntent):
        return
    field, successor = "spec.intent.successor", case.standing.systems.get(spec.intent.successor)
    request = request_of(successor.request, case.registry) if successor is not None else None
    if successor is None or request is None or request.spec.relocates != spec.system:
        fact = f"{spec.intent.successor} 的入云申请没有写明承接 {spec.system}"
        yield GapFact(field, fact, f"先在另一服务商处为承接系统申请入云，写明 relocates: {spec.system}")


def assignment_gaps(form: ServiceIntentFormSpec, case: Case) -> Iterator[GapFact]:
    """What must be there before the old stack is taken offline: the new one live, and its data accepted by the unit."""
    if not isinstance(form.intent, RelocationIntent):
        return
    successor = case.standing.systems.get(form.intent.successor)
    if successor is None or successor.lifecycle is not Lifecycle.PRODUCTION:
        yield GapFact("spec.matter", f"承接系统 {form.intent.successor} 尚未上线", "先完成承接系统的测试、测评和上线")
    if successor is not None and not _accepted(successor, case):
        cure = "由使用单位核对迁入的数据后签署 Acceptance"
        yield GapFact("spec.matter", f"使用单位在 {successor.id} 上线后尚未验收其数据", cure)


def _accepted(successor: System, case: Case) -> bool:
    """What the unit says after the go-live counts: before, it accepts test resources."""
    go_lives = (f for f in case.registry.of(GoLiveSpec) if f.spec.system == successor.id)
    live = max((f.sequence for f in go_lives if case.standing.was_admitted(f.digest)), default=0)
    words = case.standing.evidence.of(AcceptanceSpec, successor.request)
    return bool(words) and words[-1].spec.result == "accepted" and words[-1].sequence > live
