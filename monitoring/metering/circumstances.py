"""What is known of resources beside their figures: why to leave them alone, since when, who answered."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from broker.documents.operation import KeyPeriodSpec
from broker.estate.fold import admissions_of, fold
from broker.estate.platform import platform_of
from broker.estate.system import RUNNING, System
from broker.ledger.usage import Usage
from broker.registry.filed import Registry
from monitoring.metering.advice import Circumstances, Skip, Yardstick
from monitoring.metering.allocation import Taken
from monitoring.metering.answers import answer_to, answers
from monitoring.metering.facts import Kind
from monitoring.metering.gather import Use
from monitoring.metering.period import Month
from monitoring.metering.showback import priced

_ADVISED: frozenset[Kind] = frozenset({"server", "bucket", "volume"})
_STANDBY = frozenset({"warm", "hot"})


def circumstances(
    registry: Registry, usages: Sequence[Usage], parts: Iterable[Taken], use: Use, yard: Yardstick
) -> dict[str, Circumstances]:
    """By the id of each server, bucket and volume on its cloud."""
    month, platform, parts = yard.month, platform_of(registry), tuple(parts)
    periods = [f.spec for f in registry.in_force(KeyPeriodSpec) if _overlaps(f.spec, month)]
    admissions = admissions_of(registry.records)
    systems = {system.id: system for system in fold(registry.filed, admissions, month.end).systems}
    since = _since(usages)
    told = answers(registry, month)
    standing_by = _standing_by(parts)
    contracts = {p: priced(p, platform.contracts, month.span)[-1].contract for p in platform.providers}
    return {
        part.external_id: Circumstances(
            skips=tuple(
                sorted(_skips(part, systems.get(part.deployment.system), periods, yard, standing_by=standing_by))
            ),
            months_since_delivery=_months(since[part.key], month),
            idle_days=use.idle_days.get(part.external_id),
            contract=contracts.get(part.deployment.provider),
            answered=answer_to(part, told),
            halted=_halted(systems.get(part.deployment.system), month),
        )
        for part in parts
        if part.kind in _ADVISED
    }


def tier_of(resource: str) -> str:
    """The tier of a server's logical name, `server-<tier>-<ordinal>`."""
    return resource.removeprefix("server-").rpartition("-")[0]


def _standing_by(parts: Iterable[Taken]) -> frozenset[str]:
    """Stacks with servers of which none ran."""
    servers = [part for part in parts if part.kind == "server"]
    return frozenset(part.stack for part in servers) - {part.stack for part in servers if part.running}


def _skips(
    part: Taken,
    system: System | None,
    periods: Sequence[KeyPeriodSpec],
    yard: Yardstick,
    *,
    standing_by: frozenset[str],
) -> Iterator[Skip]:
    """A bucket is of no tier: it stands by with all servers of its stack, and waits for any grant of its zone."""
    month, tier = yard.month, tier_of(part.resource) if part.kind == "server" else None
    if tier in yard.policy.exchange_tiers:
        yield "exchange_node"
    if system is not None:
        stands_by = not part.running if part.kind == "server" else part.stack in standing_by
        if system.dr_class in _STANDBY and stands_by:
            yield "dr_standby"
        grants = (g for g in system.grants if g.zone == part.deployment.zone and tier in {None, g.tier})
        if any(g.start < month.end and g.end > month.start for g in grants):
            yield "elastic_window"
    if any(part.deployment.zone in period.zones for period in periods):
        yield "key_period"


def _halted(system: System | None, month: Month) -> bool:
    return system is not None and (system.lifecycle not in RUNNING or system.halted_at(month.end))


def _overlaps(period: KeyPeriodSpec, month: Month) -> bool:
    return period.first_day < month.end.date() and period.last_day >= month.start.date()


def _since(usages: Iterable[Usage]) -> dict[tuple[str, str, str], datetime]:
    found: dict[tuple[str, str, str], datetime] = {}
    for usage in usages:
        key = (usage.stack, usage.taking.resource, usage.taking.external_id)
        found[key] = min(usage.started_at, found.get(key, usage.started_at))
    return found


def _months(since: datetime, month: Month) -> int:
    """Whole months from then to the month's end."""
    count, first = 0, month
    while first.start >= since:
        count, first = count + 1, first.before
    return count
