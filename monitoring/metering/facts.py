"""The facts of a closed month: what every report, evaluation and reprint reads. Frozen, canonical, bound by a digest.

`MonthFacts` is the whole. It is written once by `broker close-month`, as canonical JSON (RFC 8785); its SHA-256 stands
in a `month_closed` record on the registry's branch `records`, in a batch that the broker's key signs. Read it with
`broker.ledger.months.closed` and `facts_from`; nothing in it is ever computed again from samples.

Units stand in names. A ratio is 0 to 1. Money is a decimal text in yuan with two places. Instants are ISO 8601 with the
offset of Shanghai. A figure that is not known is None, and `sufficient` False beside it means 数据不足: print that, not
the figure.

`version` 2 has the use of buckets. What a month of an earlier version does not have is None here and is not written, so
that its bytes and its digest stay what they were.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from broker.canonical import Json, canonical, digest
from monitoring.utilisation.source import Signal

VERSION: Final = 2
WITH_BUCKETS: Final = 2
"""The version from which on facts say how full buckets are."""
INSUFFICIENT: Final = "数据不足"

Kind = Literal["server", "volume", "bucket", "public_address", "bandwidth"]
Verdict = Literal["idle", "low", "reasonable", "tight", "insufficient"]
"""闲置, 偏低, 合理, 紧张, 数据不足."""

_CLOSED = ConfigDict(extra="forbid")
_LEFT_OUT = Field(exclude_if=lambda value: value is None)
"""Of what earlier versions do not have: nothing is written where there is nothing."""


@dataclass(frozen=True, slots=True)
class Statistic:
    """One signal of one thing over the month, from samples of `step_s`. None: there was no sample at all."""

    __pydantic_config__ = _CLOSED
    mean: float | None
    p50: float | None
    p95: float | None
    p99: float | None
    max: float | None
    samples: int
    coverage: float
    """Samples that are there by samples that there should be while it ran."""
    sufficient: bool
    """Whether there are enough of them by the policy; False: 数据不足, whatever the figures say."""


@dataclass(frozen=True, slots=True)
class ResourceFacts:
    """One resource that existed in the month: what it took, to the second, and what was used of it."""

    __pydantic_config__ = _CLOSED
    stack: str
    unit: str
    system: str
    zone: str
    provider: str
    resource: str
    """Logical name in the stack."""
    kind: Kind
    external_id: str
    """Id on the cloud."""
    amount: Mapping[str, int]
    """What it took when it was last there in the month, by head (`vcpu`, `memory_gib`, `block_gib`, …)."""
    existed_s: int
    running_s: int
    """Of a server: how much of that it was not stopped. Of anything else the same as `existed_s`."""
    amount_s: Mapping[str, int]
    """By head, the amount times the seconds that it was there; what is charged."""
    statistics: Mapping[Signal, Statistic]
    verdict: Verdict
    """By the policy's bands; `reasonable` of what has no signal."""
    used_bytes: Annotated[int | None, _LEFT_OUT] = None
    """Of a bucket: what its store counted against its hard limit when the month was closed. None: no source told."""
    used_ratio: Annotated[float | None, _LEFT_OUT] = None
    """That by its hard limit; above 1 where the limit was lowered below what it held."""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Time that is taken out of the assessed figure, with the document that allows it; each listed once (C-19)."""

    __pydantic_config__ = _CLOSED
    document: str
    reason: Literal["maintenance", "interruption", "force_majeure"]
    """计划内维护 (announced in time), 云服务临时中断 (consented), 不可抗力."""
    start: str
    end: str
    excluded_minutes: float
    """Of outage that it takes out and no earlier line has taken out already."""


@dataclass(frozen=True, slots=True)
class Outage:
    """One record of the month by which the system was down, cut to the month."""

    __pydantic_config__ = _CLOSED
    document: str
    cause: Literal["fault", "interruption", "suspension", "measure", "incident"]
    start: str
    end: str
    minutes: float


@dataclass(frozen=True, slots=True)
class Availability:
    """A system's month (C-19): by the records, by the probe, and which of both is shown. Minutes may have fractions."""

    __pydantic_config__ = _CLOSED
    total_minutes: float
    """Of the month in which the system had servers that were to run."""
    outages: tuple[Outage, ...]
    outage_minutes: float
    """The union of the outages: overlapping ones count once."""
    exclusions: tuple[Exclusion, ...]
    excluded_minutes: float
    probe_minutes: float | None
    """Minutes that the probe saw it down; None: there is no probe with enough samples."""
    probe_coverage: float
    difference_minutes: float | None
    """Probe less records; not zero = a line in the report."""
    sufficient: bool
    """False: neither a record of the month nor a probe, so nothing is known: 数据不足, never 100 %."""
    actual_ratio: float | None
    """实际可用性."""
    assessed_ratio: float | None
    """考核可用性: without announced maintenance, consented interruptions and force majeure."""


@dataclass(frozen=True, slots=True)
class SystemFacts:
    """A system in one zone: the sum of its resources and its own signals, weighted by what each server has."""

    __pydantic_config__ = _CLOSED
    unit: str
    unit_name: str
    system: str
    system_name: str
    zone: str
    provider: str
    approved: Mapping[str, int]
    """By head, what admitted documents entitle it to at the month's end."""
    allocated: Mapping[str, int]
    """By head, what its resources took at the month's end."""
    amount_s: Mapping[str, int]
    statistics: Mapping[Signal, Statistic]
    used_bucket_bytes: int | None
    """In all its buckets when the month was closed; None: it has none, or no source tells."""
    availability: Availability
    cost_yuan: str | None
    """Sum of its rounded lines; None: no contract has a price for something that it took."""


@dataclass(frozen=True, slots=True)
class CostLine:
    """One item of one system in one zone at one price of the contract: rounded once, half up, to 分."""

    __pydantic_config__ = _CLOSED
    unit: str
    system: str
    zone: str
    provider: str
    contract: str
    """Number of the contract; empty where none was valid."""
    item: str
    """Item of the catalogue (`vcpu`, `memory`, `block-standard`, …)."""
    start: str
    end: str
    """The part of the month in which this price was valid."""
    quantity_hours: str
    """Units of measure times hours, a decimal text."""
    price_yuan_per_month: str | None
    cost_yuan: str | None
    """quantity_hours / hours of the month x price; None: no price."""
    cost_bearer: Literal["central", "unit"]


AdviceKind = Literal["idle", "downsize", "upsize", "shrink", "enlarge", "release"]
"""回收, 降配, 升配 of a server; 缩容, 扩容 of a bucket; 交接 of a volume that no server has."""
AdviceState = Literal["open", "adopted", "declined", "carried_out"]
"""待确认, 已采纳, 已驳回, 已执行."""


@dataclass(frozen=True, slots=True)
class Advice:
    """优化建议或动态调整意见 (C-9(二)) on one resource. Nothing follows of itself: a unit answers by its form."""

    __pydantic_config__ = _CLOSED
    id: str
    """The same as long as the same advice on the same resource stands."""
    kind: AdviceKind
    unit: str
    system: str
    zone: str
    provider: str
    resource: str
    external_id: str
    first_month: str
    """Since when it has been given without a break."""
    flavor: str
    proposed_flavor: str
    """Empty: reclaim it, or it is no server."""
    evidence: Mapping[str, float]
    """The figures that led to it: `cpu_p95`, `coverage`, `months`, `idle_days`, `used_ratio`, `kept_months` …"""
    predicted: Mapping[str, float]
    """Use after the change: `cpu_p95`, `memory_p95`; of a bucket `used_ratio`."""
    saving: Mapping[str, int]
    """By head; what an upsize or an enlargement needs more is negative."""
    saving_yuan_per_month: str | None
    state: AdviceState
    quota_gib: Annotated[int | None, _LEFT_OUT] = None
    """Hard limit of the bucket; None: it is none."""
    proposed_quota_gib: Annotated[int | None, _LEFT_OUT] = None


@dataclass(frozen=True, slots=True)
class Exclude:
    """A server or bucket that the figures would have given advice on, and why none is given."""

    __pydantic_config__ = _CLOSED
    external_id: str
    resource: str
    system: str
    kind: AdviceKind
    reason: str
    """`dr_standby`, `elastic_window`, `key_period`, `exchange_node`, `grace`, `halted`, `insufficient`, `no_flavor`,
    `smallest`."""


@dataclass(frozen=True, slots=True)
class Realised:
    """What became of an advice of the month before: the saving that its resource's allocation shows."""

    __pydantic_config__ = _CLOSED
    advice: str
    state: AdviceState
    saving: Mapping[str, int]
    saving_yuan_per_month: str | None


@dataclass(frozen=True, slots=True)
class Correction:
    """What late data change of an earlier month that is closed: a line of this month, the closed one stays."""

    __pydantic_config__ = _CLOSED
    month: str
    unit: str
    system: str
    zone: str
    provider: str
    head: str
    """`vcpu`, `memory_gib`, …"""
    amount_s: int
    """Amount-seconds to add to what the month said; negative: it said too much."""
    cost_yuan: str | None
    """At the price of that month."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where figures come from, and how far they reach."""

    __pydantic_config__ = _CLOSED
    name: str
    """`ledger`, `prometheus`, `gnocchi`, `gateway`, `swift`."""
    coverage: float | None
    """Of all servers' running time; None where that is no question."""


@dataclass(frozen=True, slots=True)
class MonthFacts:
    """A closed month. Everything is sorted, so that the same facts are the same bytes."""

    __pydantic_config__ = _CLOSED
    version: int
    month: str
    start: str
    end: str
    registry: str
    """Commit of the documents that were read."""
    policy: str
    """Name and version of the utilisation policy, such as `utilisation-1`."""
    policy_digest: str
    coverage: float | None
    """Of all servers' running time; None: nothing ran."""
    accepted_coverage: str
    """Why a coverage below the gate was taken all the same; empty: it was not below."""
    sources: tuple[Source, ...]
    systems: tuple[SystemFacts, ...]
    resources: tuple[ResourceFacts, ...]
    costs: tuple[CostLine, ...]
    advice: tuple[Advice, ...]
    excluded: tuple[Exclude, ...]
    realised: tuple[Realised, ...]
    corrections: tuple[Correction, ...]

    def of_system(self, system: str, zone: str) -> SystemFacts | None:
        """The facts of a system in a zone."""
        return next((s for s in self.systems if (s.system, s.zone) == (system, zone)), None)


_ADAPTER: Final = TypeAdapter(MonthFacts)


def json_of(facts: MonthFacts) -> Json:
    """The facts as plain JSON values."""
    value: Json = _ADAPTER.dump_python(facts, mode="json")
    return value


def written(facts: MonthFacts) -> bytes:
    """The facts as canonical JSON: what is kept and what the digest is of."""
    return canonical(json_of(facts))


def digest_of(facts: MonthFacts) -> str:
    """SHA-256 of the canonical bytes, as `sha256:` and 64 hex digits."""
    return digest(json_of(facts))


def facts_from(data: bytes) -> MonthFacts:
    """The facts of bytes that `written` made.

    Raises:
        pydantic.ValidationError: They are none, or of another version's shape.
    """
    return _ADAPTER.validate_json(data)
