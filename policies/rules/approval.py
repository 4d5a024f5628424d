"""What a step must stand on: approval, intent form, a complete form, unchanged papers (C-11, C-12, C-16)."""

from collections.abc import Iterator

from policies.facts import Facts, Subject
from policies.rule import Basis, Break, Level, Rule
from policies.rules.eligibility import FROM_THE_START


def _no_approval(facts: Facts) -> Iterator[Break]:
    if facts.matter and not facts.matter.is_intent and not facts.matter.approved:
        yield Break(facts.matter.field, f"{facts.matter.id} 没有有效的入云批复")


def _no_intent_form(facts: Facts) -> Iterator[Break]:
    if facts.matter and facts.matter.is_intent and not facts.matter.approved:
        yield Break(facts.matter.field, f"{facts.matter.id} 不是经审核同意的政务云服务意向表")


def _incomplete(facts: Facts) -> Iterator[Break]:
    for gap in facts.gaps:
        yield Break(gap.field, gap.fact, cure_zh=gap.cure)


def _carried_by_the_registry(_facts: Facts) -> Iterator[Break]:
    """The registry's history check finds it before any rule is asked."""
    yield from ()


NO_APPROVAL = Rule(
    code="NO_APPROVAL",
    article="C-11(一)",
    basis=Basis.TEXT,
    source_zh="入云批复作为入云依据",
    title_zh="没有入云批复",
    title="there is no onboarding approval",
    cure_zh="先取得区网信办的入云批复",
    cure="get the cloud office's onboarding approval first",
    level=Level.REFUSE,
    waivable=False,
    subjects=frozenset({Subject.ONBOARDING_APPROVAL, Subject.ASSIGNMENT, Subject.GO_LIVE}),
    since=FROM_THE_START,
    check=_no_approval,
)

NO_INTENT_FORM = Rule(
    code="NO_INTENT_FORM",
    article="C-12(一)",
    basis=Basis.TEXT,
    source_zh="填写政务云服务意向表，报区网信办审核",
    title_zh="没有经审核的意向表",
    title="there is no approved intent form",
    cure_zh="先填报政务云服务意向表并经区网信办审核同意",
    cure="file a service intent form and have the cloud office approve it",
    level=Level.REFUSE,
    waivable=False,
    subjects=frozenset({Subject.INTENT_DECISION, Subject.ASSIGNMENT, Subject.HAND_OVER}),
    since=FROM_THE_START,
    check=_no_intent_form,
)

FORM_INCOMPLETE = Rule(
    code="FORM_INCOMPLETE",
    article="C-16",
    basis=Basis.TEXT,
    source_zh="提出平台资源的详细需求",
    title_zh="填报不完整或与现状不符",
    title="the form lacks something, or does not fit the system as it is",
    cure_zh="按提示补全后重新提交",
    cure="add what is named and file again",
    level=Level.REFUSE,
    waivable=False,
    subjects=frozenset(Subject) - {Subject.STACK},
    since=FROM_THE_START,
    check=_incomplete,
)

DOCUMENT_CHANGED = Rule(
    code="DOCUMENT_CHANGED",
    article="C-12(一)",
    basis=Basis.DERIVED,
    source_zh="变更应填写意向表；已受理的文件不得改动",
    title_zh="已归档的文件被改动",
    title="a merged document was edited, renamed or deleted",
    cure_zh="恢复原文件，另交一份替代或撤回它的新文件",
    cure="restore the file, and file a new document that supersedes or withdraws it",
    level=Level.REFUSE,
    waivable=False,
    subjects=frozenset(),
    since=FROM_THE_START,
    check=_carried_by_the_registry,
)

RULES = (NO_APPROVAL, NO_INTENT_FORM, FORM_INCOMPLETE, DOCUMENT_CHANGED)
