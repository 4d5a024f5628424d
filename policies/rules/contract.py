"""Provider, contract and catalogue (C-3, C-11(一), C-26, C-29)."""

from collections.abc import Iterator

from policies.facts import Facts, Subject
from policies.rule import Basis, Break, Level, Rule
from policies.rules.eligibility import FROM_THE_START

_NEW_RESOURCES = frozenset({Subject.ONBOARDING_REQUEST, Subject.ONBOARDING_APPROVAL, Subject.ASSIGNMENT})


def _contract(facts: Facts) -> Iterator[Break]:
    provider = facts.provider
    if provider and provider.status != "unknown" and provider.contract is None:
        yield Break(provider.field, f"{provider.id} 于{provider.day}没有有效的政务云服务采购合同")


def _provider(facts: Facts) -> Iterator[Break]:
    provider = facts.provider
    if provider is None or provider.status == "active":
        return
    if provider.status == "rectifying":
        yield Break(
            provider.field, f"{provider.id} 正在限期整改", cure_zh="待整改通过，或改选其他服务商", level=Level.HOLD
        )
    elif provider.status == "revoked":
        yield Break(provider.field, f"{provider.id} 的服务资格已撤销")
    else:
        yield Break(provider.field, f"{provider.id} 不在服务商名录中")


def _catalogue(facts: Facts) -> Iterator[Break]:
    for item in facts.items:
        if item.name not in item.offered:
            offered = "、".join(item.offered) or "无"
            yield Break(item.field, f"{item.kind_zh}“{item.name}”不在服务目录内(目录内：{offered})")
    for further in facts.further_items:
        if not further.in_catalogue and not further.feasible:
            yield Break(
                further.field,
                f"“{further.name_zh}”不在采购合同的服务目录内，也没有论证审核",
                cure_zh="先经区网信办论证审核(CatalogueReview)，再重新提交",
            )


def _finance(facts: Facts) -> Iterator[Break]:
    for item in facts.further_items:
        reviews = (("区网信办", item.reviewed_by_office), ("区财政部门", item.reviewed_by_finance))
        missing = [name for name, there in reviews if not there]
        if item.physical and missing:
            yield Break(item.field, f"“{item.name_zh}”的费用没有{'和'.join(missing)}的审核")


def _reviewed(facts: Facts) -> Iterator[Break]:
    for review in facts.reviews:
        if review.valid_until is None:
            yield Break(review.field, f"{review.provider} 没有通过{review.review_zh}")
        elif review.valid_until < review.day:
            yield Break(review.field, f"{review.provider} 的{review.review_zh}已于{review.valid_until}到期")


NO_CONTRACT = Rule(
    code="NO_CONTRACT",
    article="C-11(一)",
    basis=Basis.TEXT,
    source_zh="与服务商签订政务云服务采购合同",
    title_zh="没有有效合同",
    title="the provider has no contract in force",
    cure_zh="选择合同有效期内的服务商，或先登记新合同",
    cure="choose a provider whose contract is in force, or have the new contract registered",
    level=Level.REFUSE,
    waivable=False,
    subjects=_NEW_RESOURCES,
    since=FROM_THE_START,
    check=_contract,
)

PROVIDER_NOT_ACTIVE = Rule(
    code="PROVIDER_NOT_ACTIVE",
    article="C-29",
    basis=Basis.TEXT,
    source_zh="督促整改，整改后仍达不到要求的撤销其服务资格",
    title_zh="服务商不能承接新资源",
    title="the provider may not take new resources",
    cure_zh="改选状态正常的服务商",
    cure="choose a provider that is active",
    level=Level.REFUSE,
    waivable=False,
    subjects=_NEW_RESOURCES,
    since=FROM_THE_START,
    check=_provider,
)

NOT_IN_CATALOGUE = Rule(
    code="NOT_IN_CATALOGUE",
    article="C-26",
    basis=Basis.TEXT,
    source_zh="采购结果以外的其他云服务须论证审核",
    title_zh="服务目录以外的项目",
    title="something asked for is not in the contract's catalogue",
    cure_zh="改用目录内的规格；确需目录外项目的，先经区网信办论证审核",
    cure="take what the catalogue has, or get the cloud office's feasibility review first",
    level=Level.REFUSE,
    waivable=False,
    subjects=frozenset({Subject.ONBOARDING_REQUEST, Subject.INTENT_FORM}),
    since=FROM_THE_START,
    check=_catalogue,
)

FINANCE_REVIEW_MISSING = Rule(
    code="FINANCE_REVIEW_MISSING",
    article="C-26",
    basis=Basis.TEXT,
    source_zh="非虚拟化资源服务、物理设备租用服务……经区网信办和区财政部门审核后确定",
    title_zh="非虚拟化或物理设备项目缺少审核",
    title="a physical or non-virtualised item lacks one of its two reviews",
    cure_zh="取得区网信办和区财政部门各一份审核(PhysicalItemReview)后重新提交",
    cure="get one PhysicalItemReview by the office and one by the finance department, then file again",
    level=Level.REFUSE,
    waivable=False,
    subjects=frozenset({Subject.ONBOARDING_REQUEST, Subject.INTENT_FORM}),
    since=FROM_THE_START,
    check=_finance,
    owner="finance_department",
)

PROVIDER_REVIEW_EXPIRED = Rule(
    code="PROVIDER_REVIEW_EXPIRED",
    article="C-15(二)",
    basis=Basis.DERIVED,
    source_zh="通过信息安全测评机构的测评和政务云安全审查",
    title_zh="服务商没有有效的测评或安全审查",
    title="the provider has no valid assessment or security review",
    cure_zh="先登记新的测评或安全审查结果(ProviderReview)，或改选其他服务商",
    cure="have the new assessment or review registered (ProviderReview), or choose another provider",
    level=Level.REFUSE,
    waivable=True,
    subjects=_NEW_RESOURCES,
    since=FROM_THE_START,
    check=_reviewed,
)

RULES = (NO_CONTRACT, PROVIDER_NOT_ACTIVE, PROVIDER_REVIEW_EXPIRED, NOT_IN_CATALOGUE, FINANCE_REVIEW_MISSING)
