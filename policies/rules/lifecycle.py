"""The order of a system's steps: request, test, go-live, suspension, exit (C-11, C-12)."""

from collections.abc import Iterator

from policies.facts import Facts, Subject
from policies.rule import Basis, Break, Level, Rule
from policies.rules.eligibility import FROM_THE_START


def _out_of_order(facts: Facts) -> Iterator[Break]:
    for step in facts.steps:
        if step.first_zh is None:
            cure = f"{step.system}已无法办理{step.name_zh}，请核对系统编号，或重新提出入云申请"
        elif step.first_zh:
            cure = f"先办理：{'、'.join(step.first_zh)}"
        else:
            cure = "核对所引用的文件"
        yield Break(step.field, f"{step.system}当前为“{step.stage_zh}”，不能办理{step.name_zh}", cure_zh=cure)


STEP_NOT_POSSIBLE = Rule(
    code="STEP_NOT_POSSIBLE",
    article="C-11(三)",
    basis=Basis.DERIVED,
    source_zh="使用单位针对测试结果进行调整，通过后正式部署上线；各环节依次办理",
    title_zh="系统当前状态不能办理该事项",
    title="the system's stage does not allow this step",
    cure_zh="先办理所列事项",
    cure="file what is named first",
    level=Level.REFUSE,
    waivable=False,
    subjects=frozenset(
        {
            Subject.TRIAL_RUN,
            Subject.ACCEPTANCE,
            Subject.GO_LIVE,
            Subject.SUSPENSION,
            Subject.COMPULSORY_MEASURE,
            Subject.RESUMPTION,
            Subject.INTERRUPTION,
            Subject.RESTORATION,
            Subject.INTENT_FORM,
        }
    ),
    since=FROM_THE_START,
    check=_out_of_order,
)

RULES = (STEP_NOT_POSSIBLE,)
