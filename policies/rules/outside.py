"""What stays outside the cloud or beside it: exceptions, departmental clouds, exchange systems (C-4, C-5, S-38)."""

from collections.abc import Iterator

from policies.facts import Facts, Subject
from policies.rule import Basis, Break, Level, Rule
from policies.rules.eligibility import FROM_THE_START

DEPARTMENTAL_CLOUD = "departmental_cloud"
EXCHANGE_SYSTEM = "exchange_system"


def _reviewed(facts: Facts) -> Iterator[Break]:
    if facts.expert:
        for lack in facts.expert.lacks_zh:
            yield Break(facts.expert.field, f"{facts.expert.exception} {lack}")


def _own_cloud(facts: Facts) -> Iterator[Break]:
    yield from _own(facts, DEPARTMENTAL_CLOUD, "新建或保留部门云，没有上级明确要求自行建设的依据")


def _own_exchange(facts: Facts) -> Iterator[Break]:
    yield from _own(facts, EXCHANGE_SYSTEM, "另行建设跨部门的目录或交换系统，没有上级要求建设的依据")


def _own(facts: Facts, kind: str, fact_zh: str) -> Iterator[Break]:
    building = facts.building
    if building and building.kind == kind and not building.basis:
        yield Break(building.field, fact_zh)


NO_EXPERT_REVIEW = Rule(
    code="NO_EXPERT_REVIEW",
    article="C-5",
    basis=Basis.TEXT,
    source_zh="因特殊原因无法迁移入云，需经区网信办组织专家评审确认",
    title_zh="不入云例外没有专家评审",
    title="the exception has no expert review that confirms it",
    cure_zh="由区网信办组织专家评审，附评审意见后确认(ExpertReview)",
    cure="have the office hold an expert review and confirm it with the opinion attached (ExpertReview)",
    level=Level.REFUSE,
    waivable=False,
    subjects=frozenset({Subject.EXPERT_REVIEW, Subject.EXCEPTION_RECHECK}),
    since=FROM_THE_START,
    check=_reviewed,
)

OWN_CLOUD = Rule(
    code="OWN_CLOUD",
    article="C-4",
    basis=Basis.TEXT,
    source_zh="原则上各单位不再新建部门云……中央和市委、市政府明确要求不能利用政务云必须自行建设的除外",
    title_zh="不再新建部门云",
    title="no departmental cloud is built or kept without an express requirement",
    cure_zh="利用政务云；确有上级明确要求的，写明依据",
    cure="use the government cloud, or name the express requirement",
    level=Level.REFUSE,
    waivable=False,
    subjects=frozenset({Subject.ONBOARDING_REQUEST, Subject.DEPARTMENTAL_CLOUD}),
    since=FROM_THE_START,
    check=_own_cloud,
)

OWN_EXCHANGE = Rule(
    code="OWN_EXCHANGE",
    article="S-38",
    basis=Basis.TEXT,
    source_zh="不得另行开发部署跨部门使用的政务信息资源目录系统和交换系统，按照中央和市委、市政府要求建设的除外",
    title_zh="不得另行建设跨部门的目录或交换系统",
    title="no own catalogue or exchange system between departments",
    cure_zh="使用津南区政务信息资源共享交换平台；确有上级要求的，写明依据",
    cure="use the district's sharing platform, or name the requirement",
    level=Level.REFUSE,
    waivable=False,
    subjects=frozenset({Subject.ONBOARDING_REQUEST}),
    since=FROM_THE_START,
    check=_own_exchange,
)

RULES = (NO_EXPERT_REVIEW, OWN_CLOUD, OWN_EXCHANGE)
