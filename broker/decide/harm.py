"""The facts about an interruption for harm: all systems of the unit that did it, or a reasoned part (C-17)."""

from collections.abc import Iterator

from broker.decide.case import Case
from broker.documents.operation import HarmInterruptionOrderSpec, HarmInterruptionRequestSpec
from broker.estate.system import DEPLOYED, RUNNING, System
from policies.facts import Facts, GapFact, Subject


def request_facts(spec: HarmInterruptionRequestSpec, case: Case) -> Facts:
    """The facts about a provider's request: which systems of the unit it may name, and why not all of them."""
    known = {system.id for system in _of_the_unit(spec, case)}
    gaps = [_foreign(f"spec.systems[{n}]", name, spec) for n, name in enumerate(spec.systems) if name not in known]
    if spec.systems and spec.subset_reason is None:
        gaps.append(GapFact("spec.subset_reason", "只列部分系统，没有说明理由", "填写 subset_reason，或不列 systems"))
    return Facts(Subject.HARM_REQUEST, gaps=tuple(gaps))


def order_facts(spec: HarmInterruptionOrderSpec, case: Case) -> Facts:
    """The facts about the office's consent: it interrupts what the admitted request asks for, no more and no less."""
    request = case.registry.get(spec.request)
    asked = request.spec if request is not None else None
    if request is None or not isinstance(asked, HarmInterruptionRequestSpec):
        return Facts(Subject.INTERRUPTION)
    if not case.standing.was_admitted(request.digest):
        gap = GapFact("spec.request", f"{spec.request} 不是已受理的服务中断请示", "填写已受理的请示编号")
        return Facts(Subject.INTERRUPTION, gaps=(gap,))
    return Facts(Subject.INTERRUPTION, gaps=tuple(_beside(spec, asked, case)))


def _beside(spec: HarmInterruptionOrderSpec, asked: HarmInterruptionRequestSpec, case: Case) -> Iterator[GapFact]:
    of_the_unit = _of_the_unit(asked, case)
    known = {system.id for system in of_the_unit}
    live = {system.id for system in of_the_unit if system.lifecycle in RUNNING}
    for n, name in enumerate(spec.systems):
        if name not in known:
            yield _foreign(f"spec.systems[{n}]", name, asked)
        elif asked.systems and name not in asked.systems:
            yield GapFact(f"spec.systems[{n}]", f"{name} 不在请示的范围内", "只列请示所列的系统，或由服务商另行请示")
    wanted = {name for name in asked.systems if name in live} if asked.systems else live
    if missing := sorted(wanted - set(spec.systems)):
        fact = f"请示中断的系统没有列全：{'、'.join(missing)}"
        yield GapFact("spec.systems", fact, "全部列入；只中断一部分的，由服务商另行请示并说明理由(subset_reason)")


def _of_the_unit(asked: HarmInterruptionRequestSpec, case: Case) -> tuple[System, ...]:
    return tuple(
        system
        for system in case.standing.systems.values()
        if (system.unit, system.provider) == (asked.harming_unit, asked.provider) and system.lifecycle in DEPLOYED
    )


def _foreign(field: str, name: str, asked: HarmInterruptionRequestSpec) -> GapFact:
    fact = f"{name} 不是 {asked.harming_unit} 在 {asked.provider} 上的系统"
    return GapFact(field, fact, "只列造成危害的使用单位在该服务商上的系统")
