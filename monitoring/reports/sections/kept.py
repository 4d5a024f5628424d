"""保留的云硬盘: which volumes no server has and are kept for too long, and what became of last month's advice."""

from typing import Final

from monitoring.metering.facts import WITH_BUCKETS, Advice, AdviceKind, Realised
from monitoring.reports import words
from monitoring.reports.figures import count, word, yuan
from monitoring.reports.material import Material
from monitoring.reports.paper import Cell, Column, Table
from monitoring.reports.thresholds import kept_advice_in_words

_KINDS: Final[frozenset[AdviceKind]] = frozenset({"release"})
_HEAD: Final = "block_gib"
_WHOSE: Final = (
    Column("使用单位", 4),
    Column("业务信息系统", 4),
    Column("云区", 3),
    Column("云硬盘", 4),
    Column("建议"),
)
_SAVED: Final = Column("节约块存储（GiB）", right=True)
_YUAN: Final = Column("月节约（元）", 3, right=True)


def kept_advice(found: Material, *, costs: bool) -> tuple[Table, ...]:
    """Advice on kept volumes, and what became of last month's; none of a month whose policy says nothing of them."""
    policy, facts = found.around.policy, found.facts
    if facts.version < WITH_BUCKETS or (policy is not None and policy.kept_volume_advice is None):
        return ()
    advised = [one for one in facts.advice if one.kind == "release"]
    money = (_YUAN,) if costs else ()
    return (
        Table(
            "kept-advice",
            "本月保留云硬盘建议",
            (*_WHOSE, Column("依据", 4), _SAVED, *money, Column("状态")),
            tuple(
                (*_place(found, one), word(_why(one)), *_saved(one, costs=costs), _state(one.state)) for one in advised
            ),
            note=kept_advice_in_words(policy) if policy and advised else "",
        ),
        Table(
            "kept-realised",
            "上月保留云硬盘建议的落实",
            (*_WHOSE, Column("状态"), _SAVED, *money),
            tuple(
                (*_place(found, of), _state(one.state), *_saved(one, costs=costs)) for of, one in found.realised(_KINDS)
            ),
            empty="上月无建议。" if found.before else "上月未月结，无可比较。",
        ),
    )


def _place(found: Material, one: Advice) -> tuple[Cell, ...]:
    return (
        word(found.name(one.unit)),
        word(found.system(one.system)),
        word(words.ZONES.get(one.zone, one.zone)),
        word(one.resource.removeprefix("volume-")),
        word(words.ADVICE[one.kind]),
    )


def _why(one: Advice) -> str:
    days, months = one.evidence.get("days_over"), one.evidence.get("kept_months", 0)
    if days is None:
        return f"至少连续{months:g}个月末仍在保留"
    return f"保留期限至月末已过{days:g}日" if days else "保留期限于月末届满"


def _saved(one: Advice | Realised, *, costs: bool) -> tuple[Cell, ...]:
    return (count(one.saving.get(_HEAD, 0)), *((yuan(one.saving_yuan_per_month),) if costs else ()))


def _state(state: str) -> Cell:
    return word(words.ADVICE_STATES[state])
