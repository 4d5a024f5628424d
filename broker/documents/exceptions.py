"""What stays outside the cloud, and what is connected to it: exceptions, other clouds (C-4, C-5, C-6(六))."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from broker.documents.envelope import Nature, Spec
from broker.documents.fields import Attachment, Cidr, Day, Id, Line, Text


class ExceptionRequestSpec(Spec):
    """不入云例外申请: a system that for special reasons cannot migrate (C-5)."""

    kind: ClassVar = "ExceptionRequest"
    nature: ClassVar = Nature.FILING
    folder: ClassVar = "cases"

    unit: Id
    name_zh: Line
    reason: Text
    wanted_until: Day


class ExpertReviewSpec(Spec):
    """专家评审意见: the office organises the panel and confirms or rejects the exception (C-5)."""

    kind: ClassVar = "ExpertReview"
    nature: ClassVar = Nature.DECISION
    folder: ClassVar = "cases"
    signed_by: ClassVar = ("cloud_office",)

    exception: Id
    reviewed_on: Day
    experts: Annotated[int, Field(ge=1, le=99)]
    """How many sat on the panel; their names stand in the opinion."""
    opinion: Attachment | None = None
    conclusion: Literal["confirmed", "rejected"]
    valid_until: Day | None = None


class ExceptionRecheckSpec(Spec):
    """例外年度复核: whether the reasons of a confirmed exception still hold (C-5, derived)."""

    kind: ClassVar = "ExceptionRecheck"
    nature: ClassVar = Nature.DECISION
    folder: ClassVar = "cases"
    signed_by: ClassVar = ("cloud_office",)

    exception: Id
    checked_on: Day
    conclusion: Literal["stands", "ends"]
    reason: Text


class DepartmentalCloudSpec(Spec):
    """部门云 on the register, and how far it has come into the government cloud (C-4)."""

    kind: ClassVar = "DepartmentalCloud"
    nature: ClassVar = Nature.DECISION
    folder: ClassVar = "cases"
    signed_by: ClassVar = ("cloud_office",)

    unit: Id
    name_zh: Line
    state: Literal["own", "migrating", "managed", "exempt"]
    basis: Text | None = None
    """The express requirement of 中央 or 市委、市政府, where it is exempt."""
    as_of_day: Day


class CityCloudLinkSpec(Spec):
    """与市云平台互联: the link as a named network that flows may name (C-6(六))."""

    kind: ClassVar = "CityCloudLink"
    nature: ClassVar = Nature.DECISION
    folder: ClassVar = "notices"
    signed_by: ClassVar = ("cloud_office",)

    name: Id
    name_zh: Line
    cidr: Cidr
    purpose: Text
    connected_on: Day
