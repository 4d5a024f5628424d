"""The thresholds of use as versioned files: what is little, what is much, what is too little to say anything.

A version that was shipped stays as it is: months were closed by it, and their facts carry its digest. Another threshold
is another version, for months from its `valid_from` on.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Final, Literal, Self

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from broker.canonical import digest
from broker.errors import SettingsError

_SHIPPED: Final = files("monitoring.metering").joinpath("policies")

Percent = Annotated[float, Field(ge=0, le=100)]
Share = Annotated[float, Field(gt=0, le=1)]


def _a_day(text: str) -> str:
    """A text, as the digests of policies have it, that is a day of the calendar."""
    date.fromisoformat(text)
    return text


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Buckets(_Part):
    """Bands of monthly means."""

    cpu_low: Percent
    cpu_high: Percent
    memory_low: Percent
    memory_high: Percent
    storage_low: Percent


class MinData(_Part):
    """Below either of these it is 数据不足."""

    hours: Annotated[int, Field(ge=1)]
    coverage: Share


class ScaleDown(_Part):
    """When a smaller flavor is advised."""

    months: Annotated[int, Field(ge=1, le=12)]
    cpu_mean_below: Percent
    cpu_p95_below: Percent
    memory_p95_below: Percent
    grace_months_after_delivery: Annotated[int, Field(ge=0, le=12)]
    skip: tuple[Literal["dr_standby", "elastic_window", "key_period", "exchange_node"], ...]


class Idle(_Part):
    """When a server counts as idle."""

    days: Annotated[int, Field(ge=1, le=28)]
    cpu_daily_mean_max: Percent
    net_mb_per_day_max: Annotated[float, Field(ge=0)]
    min_idle_days: Annotated[int, Field(ge=1, le=28)]


class KeptVolumes(_Part):
    """When it is advised to end the keeping of a volume that no server has."""

    months: Annotated[int, Field(ge=1, le=12)]


class ScaleUp(_Part):
    """When a larger flavor is advised."""

    cpu_p95_above: Percent
    memory_p95_above: Percent
    storage_above: Percent | None = None
    """Of a bucket's hard limit, when the month is closed."""


class Proposed(_Part):
    """How full a proposed flavor, or a bucket of a proposed size, may be."""

    cpu_p95_max: Percent
    memory_p95_max: Percent
    storage_max: Annotated[float, Field(gt=0, le=100)] | None = None


@dataclass(frozen=True, slots=True)
class StorageMarks:
    """Per cent of a bucket's hard limit: below `low` it is low, above `above` tight, a proposed one at most `most`."""

    low: float
    most: float
    above: float


class Policy(_Part):
    """One version of the thresholds, with author, date and reason (C-30). Without marks for storage none is judged."""

    name: str
    version: Annotated[int, Field(ge=1)]
    author: str
    valid_from: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$"), AfterValidator(_a_day)]
    """First day of the first month that it is for."""
    reason: str
    buckets: Buckets
    min_data: MinData
    close_coverage: Annotated[float, Field(ge=0, le=1)]
    scale_down_advice: ScaleDown
    idle_advice: Idle
    scale_up_advice: ScaleUp
    kept_volume_advice: KeptVolumes | None = None
    proposed: Proposed
    exchange_tiers: tuple[str, ...]

    @model_validator(mode="after")
    def _storage_in_order(self) -> Self:
        above, most = self.scale_up_advice.storage_above, self.proposed.storage_max
        if (above is None) != (most is None):
            raise ValueError("scale_up_advice.storage_above and proposed.storage_max: give both, or neither")
        marks = self.storage
        if marks is not None and not marks.low < marks.most < marks.above:
            raise ValueError(
                "a bucket of a proposed size must be neither low nor tight: "
                "buckets.storage_low < proposed.storage_max < scale_up_advice.storage_above"
            )
        return self

    @property
    def title(self) -> str:
        """Such as `utilisation-1`."""
        return f"{self.name}-{self.version}"

    @property
    def digest(self) -> str:
        """Of its values, whatever the file looks like; what an earlier version knew nothing of is not in it."""
        return digest(self.model_dump(mode="json", exclude_none=True))

    @property
    def storage(self) -> StorageMarks | None:
        """The marks for buckets; None: buckets are not judged by this version."""
        above, most = self.scale_up_advice.storage_above, self.proposed.storage_max
        return None if above is None or most is None else StorageMarks(self.buckets.storage_low, most, above)


@cache
def shipped() -> tuple[Policy, ...]:
    """Every version that the product ships, the oldest first."""
    return tuple(sorted((policy_of(one) for one in _SHIPPED.iterdir()), key=lambda policy: policy.version))


def in_force(first_day: date, own: Policy | None = None) -> Policy:
    """The newest shipped version that is for the month of this first day; the oldest for all months before it.

    `own`: the office's, which goes before all of these from its own first month on.
    """
    known = shipped() if own is None else (*shipped(), own)
    valid = [one for one in known if date.fromisoformat(one.valid_from) <= first_day]
    return valid[-1] if valid else shipped()[0]


def policy_of(file: Path | Traversable) -> Policy:
    """The policy of a file.

    Raises:
        SettingsError: It cannot be read, or values are missing or wrong; all are named.
    """
    try:
        return Policy.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'marks'}: {one['msg']}" for one in error.errors())
        raise SettingsError(f"reading {file}: {told}; see monitoring/metering/policies/") from error
    except (OSError, yaml.YAMLError) as error:
        raise SettingsError(f"reading {file}: {error}") from error
