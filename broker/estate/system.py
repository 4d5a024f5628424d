"""The estate's values: systems, what each has in its zones, and the flows between them. Frozen; sizes in GiB."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Self

from broker.clock import end_of
from broker.documents.cases import MlpsFiling
from broker.documents.fields import DrClass, Zone
from broker.documents.layout import (
    ApiAccessLayout,
    BucketLayout,
    DataDisk,
    Flow,
    LoadBalancerLayout,
    PublicAddressLayout,
    TierLayout,
    ZoneLayout,
)


class Lifecycle(StrEnum):
    """Where a system stands; each step is made by exactly one kind of document."""

    FILED = "filed"
    APPROVED = "approved"
    TESTING = "testing"
    TRIAL = "trial"
    ACCEPTED = "accepted"
    PRODUCTION = "production"
    SUSPENDED = "suspended"
    INTERRUPTED = "interrupted"
    COMPELLED = "compelled"
    """Stopped by a compulsory measure."""
    EXITING = "exiting"
    RETIRED = "retired"


RUNNING = frozenset({Lifecycle.TESTING, Lifecycle.TRIAL, Lifecycle.ACCEPTED, Lifecycle.PRODUCTION})
"""Stages in which the system's machines run."""

HALTED = frozenset({Lifecycle.SUSPENDED, Lifecycle.INTERRUPTED, Lifecycle.COMPELLED})
"""Stages in which nobody reaches the system, by order (C-6(五), C-17); its data stay."""

DEPLOYED = RUNNING | HALTED | {Lifecycle.EXITING}
"""Stages in which the system has resources on a cloud."""


@dataclass(frozen=True, slots=True)
class Server:
    """One machine of a tier. Its data disks are its own: they were given when it was made, or later to all."""

    ordinal: int
    disks: tuple[DataDisk, ...]
    elastic: bool = False
    """Made by an elastic grant; has no data disks and goes with the window."""


@dataclass(frozen=True, slots=True)
class Tier:
    """Servers of one role with the slot of addresses that is theirs for ever."""

    slot: int
    """Position among all tiers that the zone ever had, from 0; never used again, so addresses never move."""
    layout: TierLayout
    servers: tuple[Server, ...]

    @property
    def name(self) -> str:
        """The tier's name."""
        return self.layout.name


@dataclass(frozen=True, slots=True)
class Grant:
    """An elastic grant in force or to come (C-6(四)). `start` inclusive, `end` exclusive."""

    document: str
    zone: Zone
    tier: str
    count_ceiling: int
    bandwidth_mbps_ceiling: int
    start: datetime
    end: datetime

    def open_at(self, instant: datetime) -> bool:
        """Whether the window holds at the instant."""
        return self.start <= instant < self.end


@dataclass(frozen=True, slots=True)
class KeptVolume:
    """A volume whose server left; it stays, detached, until a signed hand-over or its document's own date and order."""

    name: str
    disk: DataDisk
    document: str
    until: date | None = None
    """The last day on which it must still be there; None = until it is handed over."""


@dataclass(frozen=True, slots=True)
class ApiAccess:
    """An access of the unit's software. `serial` counts its secrets: each that a form asks for has the next number."""

    layout: ApiAccessLayout
    serial: int = 1

    @property
    def name(self) -> str:
        """The access's name."""
        return self.layout.name

    @property
    def end(self) -> datetime | None:
        """The instant at which its last day is over; None = it has none."""
        return end_of(self.layout.valid_until) if self.layout.valid_until else None


@dataclass(frozen=True, slots=True)
class Balancer:
    """A load balancer that a document describes. Its number gives its address, and is its own while it lasts."""

    number: int
    layout: LoadBalancerLayout

    @property
    def name(self) -> str:
        """The load balancer's name."""
        return self.layout.name


@dataclass(frozen=True, slots=True)
class Deployment:
    """What one system has, or is about to have, in one zone."""

    zone: Zone
    subnet: str | None
    """CIDR; None before the provider's assignment."""
    tiers: tuple[Tier, ...]
    buckets: tuple[BucketLayout, ...]
    bandwidth_mbps: int
    public_addresses: tuple[PublicAddressLayout, ...]
    load_balancers: int
    """How many are granted, those of `balancers` among them."""
    slots_used: int
    api_access: tuple[ApiAccess, ...] = ()
    balancers: tuple[Balancer, ...] = ()
    kept: tuple[KeptVolume, ...] = ()
    login_key: str | None = None
    """OpenSSH public key of the unit, put into servers when they are made."""
    bucket_key_serial: int = 1
    """Counts the keys to the buckets: each that a form asks for has the next number."""
    released: tuple[str, ...] = ()
    """Logical names of what holds data and may go, each because a document says so."""
    discarded_buckets: tuple[str, ...] = ()
    """Buckets that a document gave back with what is in them."""

    def tier(self, name: str) -> Tier | None:
        """The tier of that name."""
        return next((tier for tier in self.tiers if tier.name == name), None)

    def with_tier(self, tier: Tier) -> Self:
        """The same with this tier in place of the one of its name."""
        return replace(self, tiers=tuple(tier if t.name == tier.name else t for t in self.tiers))


@dataclass(frozen=True, slots=True)
class System:
    """A business system (业务信息系统) as the documents have made it."""

    id: str
    unit: str
    name_zh: str
    provider: str
    mlps: MlpsFiling
    dr_class: DrClass
    lifecycle: Lifecycle
    request: str
    """Document id of its onboarding request."""
    approval_number: str | None
    deployments: tuple[Deployment, ...]
    flows: tuple[Flow, ...]
    grants: tuple[Grant, ...] = ()
    suspended_by: str | None = None
    """The order under which it stands still: a suspension, an interruption or a compulsory measure."""
    halted_in: Lifecycle | None = None
    """The stage that it goes back to when that order ends."""
    closed_by: tuple[str, ...] = ()
    """The compulsory measures that close its public addresses, whatever its stage is; they open when all have ended."""
    exit_form: str | None = None
    live_from: date | None = None
    test_until: date | None = None
    """The last day of its test resources, while it is not live; None = they have none."""
    matters: tuple[str, ...] = ()
    """Documents whose effect is in this value, in order; the newest last."""

    @property
    def test_end(self) -> datetime | None:
        """The instant at which its test resources stand still; None = there is none, or it went live."""
        if self.live_from is not None or self.test_until is None or self.lifecycle not in RUNNING:
            return None
        return end_of(self.test_until)

    def halted_at(self, instant: datetime) -> bool:
        """Whether nobody reaches the system then: by order, or since the time of its test resources is over."""
        return self.lifecycle in HALTED or ((end := self.test_end) is not None and end <= instant)

    def deployment(self, zone: str) -> Deployment | None:
        """What the system has in the zone."""
        return next((d for d in self.deployments if d.zone == zone), None)

    def has_bucket_user(self, zone: str) -> bool:
        """Whether it has a user on the zone's object store, which is made with its own buckets there."""
        deployment = self.deployment(zone)
        return deployment is not None and bool(deployment.buckets)

    def with_deployment(self, deployment: Deployment) -> Self:
        """The same with this deployment in place of the one of its zone."""
        return replace(
            self, deployments=tuple(deployment if d.zone == deployment.zone else d for d in self.deployments)
        )


@dataclass(frozen=True)
class Estate:
    """Everything that must exist at `as_of`."""

    as_of: datetime
    systems: tuple[System, ...]
    """Sorted by id."""
    next_change_at: datetime | None
    """The next instant at which the same documents give another estate; None = not before another document."""

    def system(self, id_: str) -> System | None:
        """The system of that id."""
        return self._by_id.get(id_)

    @cached_property
    def _by_id(self) -> dict[str, System]:
        return {system.id: system for system in self.systems}


def volume_name(tier: str, ordinal: int, disk: str) -> str:
    """Name of a data volume in its stack, for ever the same."""
    return f"{tier}-{ordinal}-{disk}"


def deployment_of(layout: ZoneLayout) -> Deployment:
    """What a request's layout asks for in a zone, before anything changed."""
    return Deployment(
        zone=layout.zone,
        subnet=None,
        tiers=tuple(tier_of(slot, tier) for slot, tier in enumerate(layout.tiers)),
        buckets=layout.buckets,
        bandwidth_mbps=layout.bandwidth_mbps,
        public_addresses=layout.public_addresses,
        load_balancers=layout.load_balancers,
        balancers=tuple(Balancer(number, one) for number, one in enumerate(layout.load_balancing, 1)),
        slots_used=len(layout.tiers),
        api_access=tuple(ApiAccess(access) for access in layout.api_access),
        login_key=layout.login_key,
    )


def tier_of(slot: int, layout: TierLayout) -> Tier:
    """A tier with its servers 1..count."""
    servers = tuple(Server(ordinal, layout.data_disks) for ordinal in range(1, layout.count + 1))
    return Tier(slot=slot, layout=layout, servers=servers)
