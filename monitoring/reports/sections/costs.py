"""费用: what was taken at the contracts' prices, by system and item; corrections of earlier months (C-26, C-27)."""

from decimal import Decimal

from monitoring.metering.facts import Correction, CostLine
from monitoring.metering.showback import total
from monitoring.reports import words
from monitoring.reports.figures import number, word, yuan
from monitoring.reports.material import Material
from monitoring.reports.paper import Cell, Column, Section, Table

_HOUR_S = 3600


def costs(found: Material) -> Section:
    """By system and zone, by item, and what late data change of months that are closed."""
    systems = tuple(
        (
            word(s.unit_name),
            word(s.system_name),
            word(words.ZONES.get(s.zone, s.zone)),
            word(found.name(s.provider)),
            yuan(s.cost_yuan),
        )
        for s in found.facts.systems
    )
    whose = (Column("使用单位", 4), Column("业务信息系统", 4), Column("云区", 3), Column("服务商", 3))
    whole = ((word("合计"), word(""), word(""), word(""), yuan(total(s.cost_yuan for s in found.facts.systems))),)
    return Section(
        "资源费用折算",
        (
            Table(
                "costs",
                "按业务信息系统",
                (*whose, Column("折算费用（元）", 3, right=True)),
                systems + whole if systems else (),
            ),
            Table("items", "按服务目录项目", _ITEMS, _by_item(found)),
            Table(
                "corrections",
                "对以前月份的更正",
                (
                    Column("月份"),
                    *whose[:3],
                    Column("资源", 3),
                    Column("数量×小时", right=True),
                    Column("费用（元）", right=True),
                ),
                tuple(_correction(found, one) for one in found.facts.corrections),
                empty="无更正。",
            ),
        ),
    )


_ITEMS = (
    Column("服务商", 3),
    Column("项目", 3),
    Column("费用承担", 3),
    Column("数量×小时", 3, right=True),
    Column("月单价（元）", 3, right=True),
    Column("折算费用（元）", 3, right=True),
)


def _by_item(found: Material) -> tuple[tuple[Cell, ...], ...]:
    lines: dict[tuple[str, str, str, str], list[CostLine]] = {}
    for line in found.facts.costs:
        key = line.provider, line.item, line.cost_bearer, line.price_yuan_per_month or ""
        lines.setdefault(key, []).append(line)
    return tuple(
        (
            word(found.name(provider)),
            word(words.ITEMS.get(item, item)),
            word(words.BEARERS[bearer]),
            number(sum((Decimal(one.quantity_hours) for one in own), Decimal(0)), "number2"),
            yuan(price or None),
            yuan(total(one.cost_yuan for one in own)),
        )
        for (provider, item, bearer, price), own in sorted(lines.items())
    )


def _correction(found: Material, one: Correction) -> tuple[Cell, ...]:
    return (
        word(one.month),
        word(found.name(one.unit)),
        word(found.system(one.system)),
        word(words.ZONES.get(one.zone, one.zone)),
        word(words.HEADS.get(one.head, one.head)),
        number(Decimal(one.amount_s) / _HOUR_S, "number2"),
        yuan(one.cost_yuan),
    )
