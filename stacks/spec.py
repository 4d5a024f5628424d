"""What the broker hands to the Pulumi program: everything that must exist for one (system, zone, provider).

A `StackSpec` is complete and closed: the program that builds it reads no document, no clock and no cloud.
Sizes are GiB (2^30 bytes), bandwidth is Mbit/s (10^6), addresses are text. All tuples are sorted or in document order,
so that the same estate gives the same bytes.
"""

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

SPEC_VERSION = 2


class Direction(StrEnum):
    """The side of a port at which a rule holds, seen from the machine."""

    INGRESS = "ingress"
    EGRESS = "egress"


class Power(StrEnum):
    """Whether the machines of a stack run. A stopped stack keeps its data, ports and addresses."""

    RUNNING = "running"
    STOPPED = "stopped"


class ObjectStoreKind(StrEnum):
    """Who makes keys and enforces quotas of a bucket: Swift's account or the Ceph gateway's admin API."""

    SWIFT = "swift"
    CEPH = "ceph"


@dataclass(frozen=True, slots=True)
class CloudTarget:
    """Where the stack goes: one endpoint of one provider in one zone. Credentials are never part of it."""

    id: str
    profile: str
    """Entry of clouds.yaml that the broker logs in with."""
    domain: str
    """Keystone domain in which the stack's project lives."""
    region: str
    external_network: str
    """Name of the network behind router gateways and public addresses."""
    object_store: ObjectStoreKind
    object_profile: str
    """Entry of the object-store credentials; equals `profile` for Swift."""
    sandbox: bool
    """True only where a plain `pulumi up|destroy` may write."""
    load_balancing: bool = False
    """Whether the cloud's document offers load balancers: then Octavia is asked, and has a quota of each project."""


@dataclass(frozen=True, slots=True)
class ProjectQuota:
    """What the cloud itself must enforce for the project: exactly what is claimed in the ledger, never more."""

    vcpu: int
    memory_gib: int
    servers: int
    volumes: int
    block_gib: int
    block_gib_by_type: tuple[tuple[str, int], ...]
    snapshots: int
    backups: int
    backup_gib: int
    networks: int
    subnets: int
    ports: int
    routers: int
    public_addresses: int
    security_groups: int
    security_group_rules: int
    object_gib: int
    buckets: int
    load_balancers: int = 0
    """At Octavia, where the cloud has it."""


@dataclass(frozen=True, slots=True)
class Subnet:
    """The stack's own network: one subnet, its gateway the first host."""

    cidr: str
    gateway: str
    own: tuple[str, str] | None = None
    """First and last address that the cloud may take for itself (DHCP, machines of load balancers), so that none of
    them lies on a planned one; None = it takes any."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One permitted connection of a tier; what no rule names is denied. Traces to exactly one approved flow."""

    flow: str
    direction: Direction
    protocol: str
    port_min: int
    port_max: int
    remote_cidr: str


@dataclass(frozen=True, slots=True)
class Volume:
    """A block volume beside the boot volume, attached to its server."""

    name: str
    size_gib: int
    type: str


@dataclass(frozen=True, slots=True)
class Server:
    """One machine: its port has the planned address, its boot volume is made first (natural keys)."""

    name: str
    ordinal: int
    address: str
    flavor: str
    image: str
    boot_gib: int
    boot_type: str
    volumes: tuple[Volume, ...]
    bandwidth_mbps: int
    """Limit of its port, per direction; it counts traffic inside the subnet too."""
    elastic: bool
    """Made by an elastic grant: holds no data beyond its boot disk."""


@dataclass(frozen=True, slots=True)
class Tier:
    """Machines of one role, under one security group."""

    name: str
    servers: tuple[Server, ...]
    rules: tuple[Rule, ...]
    user_data: Annotated[str | None, Field(exclude_if=lambda text: text is None)] = None
    """What cloud-init does on a server's first start. Written only where there is one: the others keep their digest."""


@dataclass(frozen=True, slots=True)
class PublicAddress:
    """A public address on one server of a tier, with its own limit per direction. Only in the internet zone (C-2)."""

    name: str
    tier: str
    ordinal: int
    bandwidth_kbps: int
    """Its share of the stack's approved figure, in kbit/s (1000 bit/s)."""
    attached: bool = True
    """False while the system stands still by order or its public access is closed: it is kept, nothing answers."""
    load_balancer: str | None = None
    """The load balancer that it leads to, in place of the one server."""


@dataclass(frozen=True, slots=True)
class Listener:
    """One port that a load balancer passes on to the same port of its members, for whom an approved flow names."""

    protocol: str
    """`tcp` or `udp`; TLS ends at the members."""
    port: int
    sources: tuple[str, ...]
    """Networks that may connect, sorted."""


@dataclass(frozen=True, slots=True)
class LoadBalancer:
    """A load balancer of Octavia before all servers of one tier, at a planned address of the stack's subnet."""

    name: str
    tier: str
    address: str
    listeners: tuple[Listener, ...]
    enabled: bool = True
    """False while the system is suspended: it is kept, nothing passes."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Another system whose stack in the same zone, on the same cloud, may read a bucket."""

    unit: str
    system: str


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket with its hard limit. `name` is unique in its object store."""

    name: str
    quota_gib: int
    versioning: bool
    expire_days: int | None
    """Objects older than this are removed by the store; None = never."""
    encrypted: Annotated[bool, Field(exclude_if=lambda encrypted: not encrypted)] = False
    """Whether the store encrypts what is written; left out of the JSON where not, so that older specs keep their
    digest."""
    readers: Annotated[tuple[Reader, ...], Field(exclude_if=lambda readers: not readers)] = ()
    """Who may read it beside its owner, sorted; left out of the JSON where nobody may."""


@dataclass(frozen=True, slots=True)
class Access:
    """A unit's access to its system's project by the cloud's API: an application credential, handed over once."""

    name: str
    role: str
    """`reader` or `member`."""
    serial: int
    """1, and one more for each document that asks for a new secret."""
    expires_at: str | None
    """RFC 3339, UTC, seconds; None = until a document ends it."""
    enabled: bool = True
    """False while the system is suspended."""


@dataclass(frozen=True, slots=True)
class StackSpec:
    """All that must exist for one system in one zone on one provider, and on whose decision."""

    system: str
    unit: str
    zone: str
    provider: str
    stage: str
    """`test` or `production`."""
    request_number: str
    """Number of the approval (入云批复) that the stack stands on; it is put on every resource."""
    cloud: CloudTarget
    power: Power
    quota: ProjectQuota
    subnet: Subnet
    bandwidth_mbps: int
    """Approved north-south limit of the whole stack, per direction: the sum of its public addresses and its gateway."""
    gateway_kbps: int
    """Share of the router's gateway in kbit/s, for all that leaves without a public address; 0 where nothing leaves."""
    routed: bool
    """Whether a router to the external network exists (a public address or an approved flow leaves the subnet)."""
    tiers: tuple[Tier, ...]
    public_addresses: tuple[PublicAddress, ...]
    buckets: tuple[Bucket, ...]
    kept_volumes: tuple[Volume, ...] = ()
    """Volumes whose server left; they stay, detached, until a document lets them go."""
    key_pair: str | None = None
    """OpenSSH public key put into the machines, if the unit filed one."""
    accesses: tuple[Access, ...] = ()
    load_balancers: tuple[LoadBalancer, ...] = ()
    bucket_key_serial: int = 1
    """1, and one more for each document that asks for a new key to the buckets (on a Ceph gateway)."""
    version: int = SPEC_VERSION

    @property
    def name(self) -> str:
        """The stack's name in Pulumi, in the ledger and as the job's lock."""
        return f"{self.system}.{self.zone}.{self.provider}"

    @property
    def project_name(self) -> str:
        """The name of the Keystone project that holds the stack."""
        return f"{self.system}/{self.zone}"


_ADAPTER = TypeAdapter(StackSpec)


def to_json(spec: StackSpec) -> str:
    """The spec as canonical JSON: sorted keys, no white space, text as UTF-8. Equal specs give equal bytes."""
    return json.dumps(_ADAPTER.dump_python(spec), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def from_json(text: str | bytes) -> StackSpec:
    """The spec that `to_json` wrote.

    Raises:
        pydantic.ValidationError: The text is no complete spec of this version.
    """
    return _ADAPTER.validate_json(text)


def digest(spec: StackSpec) -> str:
    """SHA-256 of the canonical JSON, in hex: what "nothing changed" is judged by."""
    return hashlib.sha256(to_json(spec).encode()).hexdigest()


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a spec."""
    return _ADAPTER.json_schema()
