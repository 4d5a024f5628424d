"""Who and what may come onto the cloud (C-2, C-5, S-30)."""

from collections.abc import Iterator
from datetime import date

from policies.facts import Facts, Subject
from policies.rule import Basis, Break, Level, Rule

FROM_THE_START = date(2018, 9, 27)
ELIGIBLE_KINDS = frozenset({"administrative", "public_institution", "subdistrict", "town"})


def _unit(facts: Facts) -> Iterator[Break]:
    unit = facts.unit
    if unit is None:
        return
    if not unit.registered:
        yield Break(unit.field, f"{unit.id} 不在使用单位名录中")
    elif unit.kind not in ELIGIBLE_KINDS:
        yield Break(
            unit.field,
            f"{unit.id} 既非行政机关也非事业单位",
            cure_zh="由区网信办作出待决事项决定(HoldDecision)并记录依据后重新提交",
            level=Level.HOLD,
        )


def _state_secret(facts: Facts) -> Iterator[Break]:
    if facts.grade and facts.grade.state_secret:
        yield Break("spec.state_secret", "申报为涉密系统")


def _grade(facts: Facts) -> Iterator[Break]:
    grade = facts.grade
    if grade and grade.system_grade > grade.platform_grade:
        fact = f"系统等级保护为{grade.system_grade}级，政务云平台按{grade.platform_grade}级管理"
        yield Break(grade.field, fact)


def _exempt(facts: Facts) -> Iterator[Break]:
    category = facts.grade.exempt_category if facts.grade else None
    if category:
        yield Break("spec.exempt_category", f"申报为{_EXEMPT_ZH.get(category, category)}的系统，不负上云义务")


_EXEMPT_ZH = {"police": "公安部门", "state_security": "国家安全部门", "other_law": "法律法规或上级文件另有规定"}


UNIT_NOT_ELIGIBLE = Rule(
    code="UNIT_NOT_ELIGIBLE",
    article="C-2",
    basis=Basis.TEXT,
    source_zh="为本区行政机关、事业单位提供服务",
    title_zh="申请主体不是政务云服务对象",
    title="the applicant is not a unit that the cloud serves",
    cure_zh="先由区网信办将该单位登记为使用单位，再以其名义申报",
    cure="have the cloud office register the unit, then file in its name",
    level=Level.REFUSE,
    waivable=False,
    subjects=frozenset({Subject.ONBOARDING_REQUEST, Subject.INTENT_FORM}),
    since=FROM_THE_START,
    check=_unit,
    decidable=True,
)

STATE_SECRET = Rule(
    code="STATE_SECRET",
    article="S-30",
    basis=Basis.DERIVED,
    source_zh="政务信息资源不得涉及国家秘密；云办法第五条仅免除涉密系统上云义务",
    title_zh="涉密系统不得进入政务云",
    title="a system with state secrets may not come onto the cloud",
    cure_zh="第五条免除涉密系统上云义务：按保密规定在涉密网络建设；本平台不提供例外",
    cure="article 5 frees it of the duty to use the cloud: build it on a network for state secrets",
    level=Level.REFUSE,
    waivable=False,
    subjects=frozenset({Subject.ONBOARDING_REQUEST}),
    since=FROM_THE_START,
    check=_state_secret,
)

MLPS_GRADE_TOO_HIGH = Rule(
    code="MLPS_GRADE_TOO_HIGH",
    article="C-2",
    basis=Basis.DERIVED,
    source_zh="政务云按信息安全等级保护三级管理；GB/T 22239-2019 8.2.2.1 a)；第五条免除四级(含)以上系统的上云义务",
    title_zh="系统等级高于平台等级",
    title="the system's grade is above the platform's",
    cure_zh="第五条免除四级(含)以上系统上云义务：按其等级自建环境，或由主管部门重新定级；本平台不提供例外",
    cure="article 5 frees it of the duty to use the cloud: run it in its own environment, or have it graded again",
    level=Level.REFUSE,
    waivable=False,
    subjects=frozenset({Subject.ONBOARDING_REQUEST, Subject.INTENT_FORM}),
    since=FROM_THE_START,
    check=_grade,
)

EXEMPT_NEEDS_DECISION = Rule(
    code="EXEMPT_NEEDS_DECISION",
    article="C-5",
    basis=Basis.TEXT,
    source_zh="除公安、安全等部门业务信息系统……法律法规、中央和市委、市政府有关文件明确规定的业务信息系统外，应当利用政务云",
    title_zh="不负上云义务的系统须由区网信办明确决定",
    title="a system that is free of the duty to use the cloud comes in only by the office's decision",
    cure_zh="由区网信办作出待决事项决定(HoldDecision)后重新提交",
    cure="get the office's HoldDecision for the system, then file again",
    level=Level.HOLD,
    waivable=False,
    subjects=frozenset({Subject.ONBOARDING_REQUEST}),
    since=FROM_THE_START,
    check=_exempt,
    decidable=True,
)

RULES = (UNIT_NOT_ELIGIBLE, STATE_SECRET, MLPS_GRADE_TOO_HIGH, EXEMPT_NEEDS_DECISION)
