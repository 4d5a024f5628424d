"""What must come in time, and what must wait: notices, limits of rectification, the end of a suspension."""

from collections.abc import Iterator

from policies.facts import Facts, Subject
from policies.rule import Basis, Break, Level, Rule
from policies.rules.eligibility import FROM_THE_START


def _too_short(facts: Facts) -> Iterator[Break]:
    notice = facts.notice
    if notice and not notice.urgent and not notice.provisional and notice.came_on > notice.latest:
        fact = f"{notice.starts_on}开始的中断或维护，最迟应于{notice.latest}通知；实际于{notice.came_on}收到"
        yield Break(notice.field, fact, cure_zh=f"改为{notice.earliest}或之后开始，或说明特殊情况随时申请")


def _not_passed(facts: Facts) -> Iterator[Break]:
    limit = facts.limit
    if limit is None:
        return
    if limit.accepted:
        yield Break(limit.field, "整改已经验收通过", cure_zh="不再采取强制处理措施")
    elif not limit.passed:
        yield Break(limit.field, f"整改期限{limit.last_day}尚未届满", cure_zh=f"{limit.last_day}24:00之后再作出决定")


def _not_rectified(facts: Facts) -> Iterator[Break]:
    if facts.rectification and not facts.rectification.accepted:
        what = "整改通知" if facts.rectification.is_notice else "风险"
        yield Break(facts.rectification.field, f"{what}{facts.rectification.finding}的整改尚未验收通过")


def _key_period(facts: Facts) -> Iterator[Break]:
    for period in facts.key_periods:
        yield Break(period.field, f"落在重保期“{period.name_zh}”({period.first_day}至{period.last_day})内")


def _consent(facts: Facts) -> Iterator[Break]:
    consent = facts.consent
    if consent and not consent.consented:
        yield Break(consent.field, f"{consent.request} 没有区网信办的同意")
    elif consent and consent.outside_zh:
        yield Break(consent.field, f"超出{consent.request}经同意的范围：{consent.outside_zh}")


NOTICE_TOO_SHORT = Rule(
    code="NOTICE_TOO_SHORT",
    article="C-21",
    basis=Basis.TEXT,
    source_zh="至少提前2个工作日提交云服务临时中断申请表；维护至少提前2个工作日通知使用单位(第十九条)",
    title_zh="提前通知不足2个工作日",
    title="less than two working days' notice",
    cure_zh="推迟开始时间，或说明特殊情况",
    cure="start later, or show special circumstances",
    level=Level.REFUSE,
    waivable=False,
    subjects=frozenset({Subject.MAINTENANCE, Subject.INTERRUPTION_FORM}),
    since=FROM_THE_START,
    check=_too_short,
)

LIMIT_NOT_PASSED = Rule(
    code="LIMIT_NOT_PASSED",
    article="C-6(五)",
    basis=Basis.TEXT,
    source_zh="限期整改；未整改或整改不到位的采取强制处理措施",
    title_zh="整改期限尚未届满",
    title="the limit for rectification has not passed unmet",
    cure_zh="期限届满仍未整改时再作出决定",
    cure="order it when the limit has passed unmet",
    level=Level.REFUSE,
    waivable=False,
    subjects=frozenset({Subject.COMPULSORY_MEASURE}),
    since=FROM_THE_START,
    check=_not_passed,
)

NOT_RECTIFIED = Rule(
    code="NOT_RECTIFIED",
    article="C-6(五)",
    basis=Basis.TEXT,
    source_zh="存在高风险的，暂停系统运行直至整改完成",
    title_zh="整改尚未验收通过",
    title="the rectification has not been accepted",
    cure_zh="先办理整改验收",
    cure="have the rectification accepted first",
    level=Level.REFUSE,
    waivable=False,
    subjects=frozenset({Subject.RESUMPTION}),
    since=FROM_THE_START,
    check=_not_rectified,
)

KEY_PERIOD = Rule(
    code="KEY_PERIOD",
    article="C-25",
    basis=Basis.DERIVED,
    source_zh="重大活动和突发事件期间，运行保障按国家和本市的有关规定执行",
    title_zh="重保期内不办理非紧急变更和计划内中断",
    title="a change or planned interruption that is not urgent waits for the end of the key period",
    cure_zh="改到重保期结束之后；情况紧急的，说明紧急理由；或由区网信办作出待决事项决定(HoldDecision)",
    cure="do it after the period, say why it is urgent, or get the office's HoldDecision",
    level=Level.HOLD,
    waivable=True,
    subjects=frozenset({Subject.ASSIGNMENT, Subject.MAINTENANCE, Subject.INTERRUPTION_FORM}),
    since=FROM_THE_START,
    check=_key_period,
    decidable=True,
)

NO_CONSENT = Rule(
    code="NO_CONSENT",
    article="C-21",
    basis=Basis.TEXT,
    source_zh="向区网信办提交云服务临时中断申请表；报请区网信办同意后中断(第十七条)",
    title_zh="中断没有区网信办的同意",
    title="service was interrupted without the office's consent",
    cure_zh="先取得区网信办的同意(TemporaryInterruptionConsent)，并在同意的时段和范围内实施",
    cure="get the office's consent first, and keep within the hours and systems that it covers",
    level=Level.REFUSE,
    waivable=False,
    subjects=frozenset({Subject.CARRIED_OUT_INTERRUPTION}),
    since=FROM_THE_START,
    check=_consent,
)

RULES = (NOTICE_TOO_SHORT, LIMIT_NOT_PASSED, NOT_RECTIFIED, KEY_PERIOD, NO_CONSENT)
"""Rules about time and rectification."""
