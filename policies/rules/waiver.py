"""What a waiver and a decision on something held may be about (design: exact rule, exact scope, an end)."""

from collections.abc import Iterator

from policies.facts import Facts, Subject
from policies.rule import Basis, Break, Level, Rule
from policies.rules.eligibility import FROM_THE_START

LONGEST_DAYS = 366
"""A waiver is no amendment of the rule: at the latest after a year somebody decides again."""


def _allowed(facts: Facts) -> Iterator[Break]:
    waiver = facts.waiver
    if waiver is None:
        return
    if not waiver.known:
        yield Break("spec.rule", f"没有代码为{waiver.rule}的规则")
    elif not waiver.waivable:
        yield Break("spec.rule", f"规则{waiver.rule}不可例外")
    if waiver.last_day < waiver.first_day:
        yield Break("spec.valid_until", f"止日{waiver.last_day}早于起日{waiver.first_day}")
    elif (waiver.last_day - waiver.first_day).days >= LONGEST_DAYS:
        yield Break("spec.valid_until", f"期限自{waiver.first_day}至{waiver.last_day}，超过一年")


def _decidable(facts: Facts) -> Iterator[Break]:
    hold = facts.hold
    if hold and not hold.known:
        yield Break("spec.rule", f"没有代码为{hold.rule}的规则")
    elif hold and not hold.decidable:
        yield Break("spec.rule", f"规则{hold.rule}不以区网信办的决定解除")


WAIVER_NOT_ALLOWED = Rule(
    code="WAIVER_NOT_ALLOWED",
    article="C-30",
    basis=Basis.DERIVED,
    source_zh="配套文件及实施细则由区网信办制定；例外须有依据、补偿措施和期限",
    title_zh="例外不成立",
    title="the waiver cannot stand",
    cure_zh="只对可例外的规则申请，期限不超过一年",
    cure="waive only rules that can be waived, for a year at most",
    level=Level.REFUSE,
    waivable=False,
    subjects=frozenset({Subject.WAIVER}),
    since=FROM_THE_START,
    check=_allowed,
)

HOLD_NOT_DECIDABLE = Rule(
    code="HOLD_NOT_DECIDABLE",
    article="C-31",
    basis=Basis.DERIVED,
    source_zh="本办法由区网信办负责解释；原文写“等”“主要”之处由其个案决定",
    title_zh="该规则不以个案决定解除",
    title="the rule does not hold anything for the office's decision",
    cure_zh="按该规则的补正办法办理",
    cure="cure it as the rule says",
    level=Level.REFUSE,
    waivable=False,
    subjects=frozenset({Subject.HOLD_DECISION}),
    since=FROM_THE_START,
    check=_decidable,
)

RULES = (WAIVER_NOT_ALLOWED, HOLD_NOT_DECIDABLE)
