"""Volumes that no server has, kept by a form until their hand-over or a day (C-12): when to end that (C-9(二)). Pure.

The cloud goes on charging for them, and nothing ends their keeping but a signed hand-over. Advice ends nothing either.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from broker.estate.fold import admissions_of, fold
from broker.registry.filed import Registry
from monitoring.metering.advice import Advised, Circumstances, Yardstick, continued
from monitoring.metering.facts import Advice, MonthFacts, ResourceFacts
from monitoring.metering.period import Month
from monitoring.metering.policy import Policy
from monitoring.metering.showback import difference

HEADS: Final = ("block_gib", "block_high_performance_gib")
Volume = tuple[str, str, str]
"""System, zone, and logical name in the stack."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A volume without a server at a month's end."""

    months: int
    """Month ends in a row at which it was kept, as many as were looked at."""
    until: date | None
    """The last day on which it must still be there; None: until it is handed over."""


def kept_among(
    volumes: Sequence[ResourceFacts], registry: Registry, month: Month, policy: Policy
) -> tuple[tuple[ResourceFacts, Kept], ...]:
    """Those of the volumes that no server has at the month's end and whose keeping is over by the policy."""
    asked = policy.kept_volume_advice
    if asked is None:
        return ()
    known = kept_volumes(registry, month, asked.months)
    found = ((one, known.get((one.system, one.zone, one.resource))) for one in volumes)
    return tuple((one, case) for one, case in found if case and _over(case, month, asked.months))


def kept_volumes(registry: Registry, month: Month, most: int) -> Mapping[Volume, Kept]:
    """Those of the month's end. As many month ends before it are looked at as may matter, and no more."""
    now = _kept_at(registry, month)
    found = {volume: Kept(1, until) for volume, until in now.items()}
    still, of, months = set(now), month, 1
    while still and months < most:
        months, of = months + 1, of.before
        still &= _kept_at(registry, of).keys()
        found |= {volume: Kept(months, now[volume]) for volume in still}
    return found


def advise(
    volumes: Sequence[tuple[ResourceFacts, Kept]],
    around: Mapping[str, Circumstances],
    earlier: Sequence[MonthFacts],
    yard: Yardstick,
) -> Advised:
    """Advice on each of them; `earlier` are closed months, the newest first."""
    found = [(_advice(volume, one, around[volume.external_id], yard), volume) for volume, one in volumes]
    return Advised(tuple(continued(advice, around[volume.external_id], earlier) for advice, volume in found), ())


def _kept_at(registry: Registry, month: Month) -> dict[Volume, date | None]:
    estate = fold(registry.filed, admissions_of(registry.records), month.end)
    return {
        (system.id, deployment.zone, f"volume-{volume.name}"): volume.until
        for system in estate.systems
        for deployment in system.deployments
        for volume in deployment.kept
    }


def _over(one: Kept, month: Month, months: int) -> bool:
    """A day that a form names holds whatever the policy says; it is over when the day after it has come."""
    return one.months >= months if one.until is None else one.until < month.end.date()


def _advice(volume: ResourceFacts, one: Kept, case: Circumstances, yard: Yardstick) -> Advice:
    saving = {head: volume.amount[head] for head in HEADS if volume.amount.get(head)}
    over = {} if one.until is None else {"days_over": (yard.month.end.date() - one.until).days - 1}
    return Advice(
        id=f"release:{volume.external_id}:{yard.month}",
        kind="release",
        unit=volume.unit,
        system=volume.system,
        zone=volume.zone,
        provider=volume.provider,
        resource=volume.resource,
        external_id=volume.external_id,
        first_month=str(yard.month),
        flavor="",
        proposed_flavor="",
        evidence={"kept_months": one.months, **over},
        predicted={},
        saving=saving,
        saving_yuan_per_month=difference(saving, case.contract),
        state="open",
    )
