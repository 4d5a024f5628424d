"""How full buckets are (C-9(二)): which are low, which tight, and what size would fit. Pure; it changes nothing.

A unit answers by the change `set_bucket_quota` of its service intent form. What the guest of a volume has in it no
cloud knows, so volumes get neither verdict nor advice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Final, Literal

from monitoring.metering.advice import Advised, Circumstances, Yardstick, continued, histories, spared
from monitoring.metering.facts import Advice, Exclude, MonthFacts, ResourceFacts, Verdict
from monitoring.metering.policy import StorageMarks
from monitoring.metering.showback import difference

HEAD: Final = "object_gib"
_GIB: Final = 1 << 30
_PLACES: Final = 6


@dataclass(frozen=True, slots=True)
class Fitting:
    """What the figures alone say of a bucket: what to do, and the size that would fit."""

    kind: Literal["shrink", "enlarge"]
    quota_gib: int
    most_used_bytes: int
    """The most that it held at the close of any month that led to it."""


def ratio_of(used_bytes: int, quota_gib: int) -> float | None:
    """How much of the hard limit is used, 1 being all; None: there is no limit."""
    return round(used_bytes / (quota_gib * _GIB), _PLACES) if quota_gib else None


def verdict(used_ratio: float | None, marks: StorageMarks | None) -> Verdict:
    """The band of a bucket; of what nobody knows the use of 数据不足, without marks `reasonable`."""
    if marks is None:
        return "reasonable"
    if used_ratio is None:
        return "insufficient"
    if _above(used_ratio, marks.above):
        return "tight"
    return "low" if _below(used_ratio, marks.low) else "reasonable"


def advise(
    buckets: Sequence[ResourceFacts],
    around: Mapping[str, Circumstances],
    earlier: Sequence[MonthFacts],
    yard: Yardstick,
) -> Advised:
    """Advice on buckets that were there at the month's end; `earlier` are closed months, the newest first."""
    marks = yard.policy.storage
    if marks is None:
        return Advised((), ())
    past, advice, excluded = histories(earlier, "bucket"), [], []
    for bucket in buckets:
        months = [bucket, *(month.get(bucket.external_id) for month in past)]
        fitting = _fitting(months, yard.policy.scale_down_advice.months, marks)
        if fitting is None:
            continue
        case = around[bucket.external_id]
        if reason := _reason(bucket, fitting, case, yard):
            excluded.append(Exclude(bucket.external_id, bucket.resource, bucket.system, fitting.kind, reason))
        else:
            advice.append(continued(_advice(bucket, fitting, case, yard), case, earlier))
    return Advised(tuple(advice), tuple(excluded))


def fitting_gib(used_bytes: int, most: float) -> int:
    """The smallest hard limit, in whole GiB and at least one, of which this is at most `most` per cent.

    >>> fitting_gib(700 << 30, 70), fitting_gib((700 << 30) + 1, 70), fitting_gib(0, 70)
    (1000, 1001, 1)
    """
    return max(1, ceil(Fraction(used_bytes * 100, _GIB) / Fraction(str(most))))


def _fitting(months: Sequence[ResourceFacts | None], asked: int, marks: StorageMarks) -> Fitting | None:
    now = months[0]
    if now is None or now.used_bytes is None or now.used_ratio is None:
        return None
    if _above(now.used_ratio, marks.above):
        return Fitting("enlarge", fitting_gib(now.used_bytes, marks.most), now.used_bytes)
    looked_at = [one for one in months[:asked] if _low(one, now, marks)]
    if len(looked_at) < asked:
        return None
    most_used = max(one.used_bytes or 0 for one in looked_at if one)
    return Fitting("shrink", fitting_gib(most_used, marks.most), most_used)


def _low(one: ResourceFacts | None, now: ResourceFacts, marks: StorageMarks) -> bool:
    if one is None or one.used_ratio is None or one.amount != now.amount:
        return False  # it was not there, nobody knows, or it had another limit
    return _below(one.used_ratio, marks.low)


def _reason(bucket: ResourceFacts, fitting: Fitting, case: Circumstances, yard: Yardstick) -> str:
    if case.halted:
        return "halted"
    if fitting.kind == "enlarge":
        return ""
    if fitting.quota_gib >= bucket.amount[HEAD]:
        return "smallest"
    return spared(case, yard.policy)


def _advice(bucket: ResourceFacts, fitting: Fitting, case: Circumstances, yard: Yardstick) -> Advice:
    used, quota = bucket.used_bytes or 0, bucket.amount[HEAD]
    evidence: dict[str, float] = {"used_bytes": used, "used_ratio": bucket.used_ratio or 0.0}
    if fitting.kind == "shrink":
        evidence |= {"months": yard.policy.scale_down_advice.months, "most_used_bytes": fitting.most_used_bytes}
    saving = {HEAD: quota - fitting.quota_gib}
    return Advice(
        id=f"{fitting.kind}:{bucket.external_id}:{yard.month}",
        kind=fitting.kind,
        unit=bucket.unit,
        system=bucket.system,
        zone=bucket.zone,
        provider=bucket.provider,
        resource=bucket.resource,
        external_id=bucket.external_id,
        first_month=str(yard.month),
        flavor="",
        proposed_flavor="",
        evidence=evidence,
        predicted={"used_ratio": ratio_of(used, fitting.quota_gib) or 0.0},
        saving=saving,
        saving_yuan_per_month=difference(saving, case.contract),
        state="open",
        quota_gib=quota,
        proposed_quota_gib=fitting.quota_gib,
    )


def _above(ratio: float, per_cent: float) -> bool:
    return Fraction(str(ratio)) * 100 > Fraction(str(per_cent))


def _below(ratio: float, per_cent: float) -> bool:
    return Fraction(str(ratio)) * 100 < Fraction(str(per_cent))
