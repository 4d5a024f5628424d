"""Amounts: quota and elastic grants (C-6(四))."""

from collections.abc import Iterator

from policies.facts import Facts, Subject
from policies.rule import Basis, Break, Level, Rule
from policies.rules.eligibility import FROM_THE_START


def _quota(facts: Facts) -> Iterator[Break]:
    for short in facts.shortfalls:
        yield Break(
            short.field,
            f"{short.account_zh}的{short.resource_zh}合计将达{short.wanted}{short.measure}，"
            f"超过限额{short.limit}{short.measure}",
        )


def _elastic(facts: Facts) -> Iterator[Break]:
    grant = facts.grant
    if grant is None:
        return
    if grant.last_day < grant.first_day:
        yield Break("spec.intent.last_day", f"窗口止日{grant.last_day}早于起日{grant.first_day}")
    if grant.last_day < grant.filed_on:
        yield Break("spec.intent.last_day", f"窗口在申报日{grant.filed_on}之前已结束")
    if grant.count_ceiling < grant.count_base:
        yield Break("spec.intent.count_ceiling", f"上限{grant.count_ceiling}台低于现有{grant.count_base}台")
    if grant.bandwidth_ceiling_mbps < grant.bandwidth_base_mbps:
        yield Break(
            "spec.intent.bandwidth_mbps_ceiling",
            f"带宽上限{grant.bandwidth_ceiling_mbps}Mbps低于现有{grant.bandwidth_base_mbps}Mbps",
        )


def _reasonable(facts: Facts) -> Iterator[Break]:
    use = facts.use
    if use is None or len(use.months) < use.months_needed:
        return
    if use.cpu_p95_percent < use.cpu_limit_percent and use.memory_p95_percent < use.memory_limit_percent:
        yield Break(
            use.field,
            f"{use.system} 在{'、'.join(use.months)}的CPU 95百分位至多{use.cpu_p95_percent}%、"
            f"内存95百分位至多{use.memory_p95_percent}%，均低于{use.cpu_limit_percent}%和{use.memory_limit_percent}%",
        )


QUOTA_EXCEEDED = Rule(
    code="QUOTA_EXCEEDED",
    article="C-6(四)",
    basis=Basis.TEXT,
    source_zh="按实际需求变化和合理值分配计算、内存、存储、网络带宽资源",
    title_zh="超出配额",
    title="the quota or the capacity does not cover it",
    cure_zh="减少申请量，或列入下年度使用计划并附负荷测算，或申请弹性调整，或由区网信办调整配额",
    cure="ask for less, put it into next year's plan, ask for an elastic grant, or have the office raise the quota",
    level=Level.REFUSE,
    waivable=False,
    subjects=frozenset(
        {Subject.ONBOARDING_REQUEST, Subject.ONBOARDING_APPROVAL, Subject.INTENT_FORM, Subject.INTENT_DECISION}
    ),
    since=FROM_THE_START,
    check=_quota,
)

ELASTIC_OUT_OF_GRANT = Rule(
    code="ELASTIC_OUT_OF_GRANT",
    article="C-6(四)",
    basis=Basis.TEXT,
    source_zh="对负荷变化大的系统可动态弹性调整",
    title_zh="弹性调整的窗口或上限不成立",
    title="the elastic window or ceiling cannot hold",
    cure_zh="写明晚于申报日的起止日期和不低于现有规模的上限",
    cure="give a window after the filing and ceilings not below the base",
    level=Level.REFUSE,
    waivable=False,
    subjects=frozenset({Subject.INTENT_FORM}),
    since=FROM_THE_START,
    check=_elastic,
)

NOT_REASONABLE = Rule(
    code="NOT_REASONABLE",
    article="C-6(四)",
    basis=Basis.TEXT,
    source_zh="根据业务信息系统实际需求变化和正常运行所需要的合理值，分配云资源",
    title_zh="所申请的增量没有实际使用情况支持",
    title="the use of what the system has does not back what is asked for beyond it",
    cure_zh="列入下年度使用计划并附负荷测算，或申请弹性调整",
    cure="put it into next year's plan with an estimate of the load, or ask for an elastic grant",
    level=Level.REFUSE,
    waivable=True,
    subjects=frozenset({Subject.INTENT_FORM}),
    since=FROM_THE_START,
    check=_reasonable,
)

RULES = (QUOTA_EXCEEDED, NOT_REASONABLE, ELASTIC_OUT_OF_GRANT)
