"""Who may enter a unit's machines, databases and storage (C-9(四), C-9(五))."""

from collections.abc import Iterator

from policies.facts import Facts, Subject
from policies.rule import Basis, Break, Level, Rule
from policies.rules.eligibility import FROM_THE_START


def _operator(facts: Facts) -> Iterator[Break]:
    operator = facts.operator
    if operator and not operator.approved:
        yield Break(operator.field, f"运维人员 {operator.operator} 当日没有有效的上岗审批")


def _granted(facts: Facts) -> Iterator[Break]:
    entry = facts.entry
    if entry:
        for missing in entry.missing_zh:
            yield Break(entry.field, f"{entry.system} 的使用单位没有授权：{missing}")


OPERATOR_NOT_APPROVED = Rule(
    code="OPERATOR_NOT_APPROVED",
    article="C-9(四)",
    basis=Basis.TEXT,
    source_zh="派驻或更换运维人员，需经区网信办审查批准后方可上岗",
    title_zh="运维人员未经批准上岗",
    title="the provider's operator has not been approved",
    cure_zh="先取得区网信办的上岗审批(OperatorApproval)",
    cure="get the office's OperatorApproval first",
    level=Level.REFUSE,
    waivable=False,
    subjects=frozenset({Subject.ENTRY}),
    since=FROM_THE_START,
    check=_operator,
)

NO_UNIT_GRANT = Rule(
    code="NO_UNIT_GRANT",
    article="C-9(五)",
    basis=Basis.TEXT,
    source_zh="未经使用单位授权，任何单位和个人不得进入云主机、云数据库、云存储等",
    title_zh="没有使用单位的授权",
    title="the unit has not granted the entry",
    cure_zh="先由使用单位出具覆盖该时段和方式的授权(AccessGrant)",
    cure="get the unit's AccessGrant for these hours and this kind of access",
    level=Level.REFUSE,
    waivable=False,
    subjects=frozenset({Subject.ENTRY}),
    since=FROM_THE_START,
    check=_granted,
    owner="unit",
)

RULES = (OPERATOR_NOT_APPROVED, NO_UNIT_GRANT)
