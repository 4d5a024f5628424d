"""The facts about what stays outside the cloud: exceptions and departmental clouds (C-4, C-5)."""

from broker.decide.case import Case
from broker.documents.exceptions import DepartmentalCloudSpec, ExceptionRecheckSpec, ExpertReviewSpec
from policies.facts import Facts, Subject
from policies.papers import BuildingFact, ExpertFact


def review_facts(spec: ExpertReviewSpec, _case: Case) -> Facts:
    """An exception is confirmed only with the panel's opinion attached."""
    without = spec.conclusion == "confirmed" and spec.opinion is None
    lacks = ("没有附上专家评审意见",) if without else ()
    return Facts(Subject.EXPERT_REVIEW, expert=ExpertFact("spec.opinion", spec.exception, lacks))


def recheck_facts(spec: ExceptionRecheckSpec, case: Case) -> Facts:
    """An exception that was never confirmed cannot be said to stand."""
    reviews = case.standing.evidence.of(ExpertReviewSpec, spec.exception)
    confirmed = bool(reviews) and reviews[-1].spec.conclusion == "confirmed"
    lacks = ("没有经专家评审确认",) if spec.conclusion == "stands" and not confirmed else ()
    return Facts(Subject.EXCEPTION_RECHECK, expert=ExpertFact("spec.exception", spec.exception, lacks))


def cloud_facts(spec: DepartmentalCloudSpec, _case: Case) -> Facts:
    """A departmental cloud stays its unit's own for good only on an express basis."""
    kind = "departmental_cloud" if spec.state == "exempt" else ""
    return Facts(Subject.DEPARTMENTAL_CLOUD, building=BuildingFact("spec.state", kind, basis=spec.basis is not None))
