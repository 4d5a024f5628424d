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
    waivable=True,
    subjects=frozenset({Subject.ONBOARDING_REQUEST, Subject.INTENT_FORM}),
    since=FROM_THE_START,
    check=_catalogue,
)

RULES = (NO_CONTRACT, PROVIDER_NOT_ACTIVE, NOT_IN_CATALOGUE)
