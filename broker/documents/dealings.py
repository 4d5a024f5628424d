"""What passes between unit and office while a case is pending: questions, answers, and the taking back of a filing."""

from typing import ClassVar

from broker.documents.envelope import Nature, Spec
from broker.documents.fields import Attachment, Day, Id, Text


class FilingWithdrawalSpec(Spec):
    """撤回申请: the unit takes back what it filed and the office has not approved; `withdraws` names it (C-12(一))."""

    kind: ClassVar = "FilingWithdrawal"
    nature: ClassVar = Nature.FILING
    folder: ClassVar = "cases"

    unit: Id
    reason: Text


class CaseQuestionSpec(Spec):
    """询问: who handles a pending case asks its unit. It stops no clock and decides nothing (C-7(二))."""

    kind: ClassVar = "CaseQuestion"
    nature: ClassVar = Nature.FILING
    folder: ClassVar = "cases"
    filer: ClassVar = "asked_by"

    matter: Id
    asked_by: Id
    """The organisation that asks, such as the cloud office."""
    question: Text
    answer_by: Day | None = None
    """Until when an answer is hoped for; silence means nothing."""
    attachments: tuple[Attachment, ...] = ()


class CaseAnswerSpec(Spec):
    """答复: the unit answers a question on its case. What is to change in the filing is filed anew (C-12(一))."""

    kind: ClassVar = "CaseAnswer"
    nature: ClassVar = Nature.FILING
    folder: ClassVar = "cases"

    question: Id
    unit: Id
    answer: Text
    attachments: tuple[Attachment, ...] = ()
