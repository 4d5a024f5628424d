"""The thresholds of use as a versioned file: what is little, what is much, what is too little to say anything."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from broker.canonical import digest
from broker.errors import SettingsError

Percent = Annotated[float, Field(ge=0, le=100)]
Share = Annotated[float, Field(gt=0, le=1)]


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


class ScaleUp(_Part):
    """When a larger flavor is advised."""

    cpu_p95_above: Percent
    memory_p95_above: Percent


class Proposed(_Part):
    """How full a proposed flavor may be."""

    cpu_p95_max: Percent
    memory_p95_max: Percent


class Policy(_Part):
    """One version of the thresholds, with author, date and reason (C-30)."""

    name: str
    version: Annotated[int, Field(ge=1)]
    author: str
    valid_from: str
    reason: str
    buckets: Buckets
    min_data: MinData
    close_coverage: Annotated[float, Field(ge=0, le=1)]
    scale_down_advice: ScaleDown
    idle_advice: Idle
    scale_up_advice: ScaleUp
    proposed: Proposed
    exchange_tiers: tuple[str, ...]

    @property
    def title(self) -> str:
        """Such as `utilisation-1`."""
        return f"{self.name}-{self.version}"

    @property
    def digest(self) -> str:
        """Of its values, whatever the file looks like."""
        return digest(self.model_dump(mode="json"))


def policy_of(file: Path | None) -> Policy:
    """The policy of a file, or the one that the product ships.

    Raises:
        SettingsError: It cannot be read, or values are missing or wrong; all are named.
    """
    shipped = files("monitoring.metering").joinpath("policies", "utilisation-1.yaml")
    try:
        text = file.read_text(encoding="utf-8") if file else shipped.read_text("utf-8")
        return Policy.model_validate(yaml.safe_load(text))
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise SettingsError(f"reading {file or shipped}: {told}; see monitoring/metering/policies/") from error
    except (OSError, yaml.YAMLError) as error:
        raise SettingsError(f"reading {file or shipped}: {error}") from error
