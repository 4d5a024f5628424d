"""The way of a system from its request to its end: each step is made by exactly one kind of document."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from broker.estate.system import HALTED, RUNNING, Lifecycle


@dataclass(frozen=True, slots=True)
class Step:
    """What one kind of document does to a system's stage."""

    kind: str
    name_zh: str
    article: str


@dataclass(frozen=True, slots=True)
class Transition:
    """One possible step. `before` None: there is no such system yet."""

    before: Lifecycle | None
    step: Step
    after: Lifecycle


REQUEST: Final = Step("OnboardingRequest", "入云申请", "C-11")
APPROVAL: Final = Step("OnboardingApproval", "入云批复", "C-11")
ASSIGNMENT: Final = Step("Assignment", "向服务商指派", "C-11(二)")
TRIAL_RUN: Final = Step("TrialRun", "试运行", "C-11(三)")
ACCEPTANCE: Final = Step("TripartiteAcceptance", "三方验收", "C-11(三)")
GO_LIVE: Final = Step("GoLive", "上线", "C-11(三)")
SUSPENSION: Final = Step("SuspensionOrder", "暂停运行决定", "C-6(五)")
RESUMPTION: Final = Step("ResumptionOrder", "恢复运行决定", "C-6(五)")
MEASURE: Final = Step("CompulsoryMeasureOrder", "强制处理决定", "C-6(五)")
INTERRUPTION: Final = Step("HarmInterruptionOrder", "服务中断同意", "C-17")
RESTORATION: Final = Step("ServiceRestoration", "恢复服务", "C-17")
EXIT: Final = Step("ServiceIntentForm", "退出意向表", "C-12(二)")
HAND_OVER: Final = Step("HandOver", "数据交接单", "C-12(二)")

_ORDER: Final = tuple(stage for stage in Lifecycle if stage in RUNNING)
_HALTED: Final = tuple(stage for stage in Lifecycle if stage in HALTED)

TRANSITIONS: Final[tuple[Transition, ...]] = (
    Transition(None, REQUEST, Lifecycle.FILED),
    Transition(Lifecycle.FILED, APPROVAL, Lifecycle.APPROVED),
    Transition(Lifecycle.APPROVED, ASSIGNMENT, Lifecycle.TESTING),
    Transition(Lifecycle.TESTING, TRIAL_RUN, Lifecycle.TRIAL),
    Transition(Lifecycle.TRIAL, ACCEPTANCE, Lifecycle.ACCEPTED),
    Transition(Lifecycle.TESTING, GO_LIVE, Lifecycle.PRODUCTION),
    Transition(Lifecycle.ACCEPTED, GO_LIVE, Lifecycle.PRODUCTION),
    *(Transition(stage, SUSPENSION, Lifecycle.SUSPENDED) for stage in (*_ORDER, Lifecycle.INTERRUPTED)),
    *(Transition(Lifecycle.SUSPENDED, RESUMPTION, stage) for stage in _ORDER),
    *(Transition(stage, INTERRUPTION, Lifecycle.INTERRUPTED) for stage in _ORDER),
    *(Transition(Lifecycle.INTERRUPTED, RESTORATION, stage) for stage in _ORDER),
    *(
        Transition(stage, MEASURE, Lifecycle.COMPELLED)
        for stage in (*_ORDER, Lifecycle.SUSPENDED, Lifecycle.INTERRUPTED)
    ),
    *(Transition(Lifecycle.COMPELLED, RESUMPTION, stage) for stage in _ORDER),
    *(Transition(stage, EXIT, Lifecycle.EXITING) for stage in (*_ORDER, *_HALTED)),
    Transition(Lifecycle.EXITING, HAND_OVER, Lifecycle.RETIRED),
)
"""Every possible step. A system that an order stopped goes back to the stage it came from."""

STAGE_ZH: Final = {
    Lifecycle.FILED: "已申请",
    Lifecycle.APPROVED: "已批复",
    Lifecycle.TESTING: "测试",
    Lifecycle.TRIAL: "试运行",
    Lifecycle.ACCEPTED: "已验收",
    Lifecycle.PRODUCTION: "已上线",
    Lifecycle.SUSPENDED: "已暂停",
    Lifecycle.INTERRUPTED: "已中断",
    Lifecycle.COMPELLED: "强制停运",
    Lifecycle.EXITING: "退出中",
    Lifecycle.RETIRED: "已退役",
}


def allowed(before: Lifecycle, step: Step, after: Lifecycle) -> bool:
    """Whether the step leads from the one stage to the other."""
    return any((t.before, t.step, t.after) == (before, step, after) for t in TRANSITIONS)


def possible(before: Lifecycle | None, step: Step) -> bool:
    """Whether the step can be made from the stage at all."""
    return any((t.before, t.step) == (before, step) for t in TRANSITIONS)


def needed(before: Lifecycle | None, step: Step) -> tuple[Step, ...] | None:
    """The fewest steps that must be made first; empty = none, None = there is no way."""
    ways: deque[tuple[Lifecycle | None, tuple[Step, ...]]] = deque([(before, ())])
    seen = {before}
    while ways:
        stage, way = ways.popleft()
        if possible(stage, step):
            return way
        for transition in _from(stage):
            if transition.after not in seen:
                seen.add(transition.after)
                ways.append((transition.after, (*way, transition.step)))
    return None


def _from(stage: Lifecycle | None) -> Iterator[Transition]:
    return (t for t in TRANSITIONS if t.before == stage)
