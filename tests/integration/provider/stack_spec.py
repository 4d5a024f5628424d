"""A small but complete stack: every resource type that the provider has for OpenStack."""

from dataclasses import replace

from stacks.spec import (
    Bucket,
    CloudTarget,
    Direction,
    Listener,
    LoadBalancer,
    ObjectStoreKind,
    Power,
    ProjectQuota,
    PublicAddress,
    Rule,
    Server,
    StackSpec,
    Subnet,
    Tier,
    Volume,
)

TARGET = CloudTarget(
    id="provider-a-internet",
    profile="sandbox",
    domain="provider-a",
    region="RegionOne",
    external_network="ext-internet-a",
    object_store=ObjectStoreKind.SWIFT,
    object_profile="sandbox",
    sandbox=False,
)
WEB = Rule("F-001", Direction.INGRESS, "tcp", 443, 443, "0.0.0.0/0")
HTTPS = Listener("tcp", 443, ("0.0.0.0/0",))
DATABASE = Rule("F-002", Direction.EGRESS, "tcp", 5432, 5432, "10.8.0.0/24")


def server(number: int, *, boot_gib: int = 20, data_gib: int = 10) -> Server:
    """The machine of one ordinal, with one data volume."""
    name = f"app-{number}"
    return Server(
        name=name,
        ordinal=number,
        address=f"10.20.0.{10 + number}",
        flavor="m1.tiny",
        image="cirros",
        boot_gib=boot_gib,
        boot_type="standard",
        volumes=(Volume(f"{name}-data", data_gib, "standard"),) if data_gib else (),
        bandwidth_mbps=50,
        elastic=False,
    )


def spec(system: str, servers: int = 2, *, boot_gib: int = 20, data_gib: int = 10) -> StackSpec:
    """A stack of one tier behind one public address, with a bucket."""
    machines = tuple(server(number, boot_gib=boot_gib, data_gib=data_gib) for number in range(1, servers + 1))
    return StackSpec(
        system=system,
        unit="civil-affairs",
        zone="internet",
        provider="provider-a",
        stage="production",
        request_number="云批〔2026〕12号",
        cloud=TARGET,
        power=Power.RUNNING,
        quota=quota(servers),
        subnet=Subnet("10.20.0.0/24", "10.20.0.1"),
        bandwidth_mbps=100,
        gateway_kbps=10_000 if servers else 100_000,
        routed=True,
        tiers=(Tier("app", machines, (WEB, DATABASE)),),
        public_addresses=(PublicAddress("www", "app", 1, 90_000),) if servers else (),
        buckets=(Bucket(f"{system}-files", 5, versioning=True, expire_days=None),),
    )


def quota(servers: int) -> ProjectQuota:
    """Room for the servers with their volumes, and for one more of each."""
    volumes, gib = 2 * servers + 1, 40 * servers + 40
    return ProjectQuota(
        vcpu=2 * servers + 2,
        memory_gib=2 * servers + 2,
        servers=servers + 1,
        volumes=volumes,
        block_gib=gib,
        block_gib_by_type=(("standard", gib),),
        snapshots=0,
        backups=0,
        backup_gib=0,
        networks=1,
        subnets=1,
        ports=servers + 1,
        routers=1,
        public_addresses=1,
        security_groups=1,
        security_group_rules=4,
        object_gib=10,
        buckets=1,
    )


def with_server(stack: StackSpec, number: int, **changes: object) -> StackSpec:
    """The stack with other figures of one machine."""
    tier = stack.tiers[0]
    machines = tuple(
        replace(each, **changes) if each.ordinal == number else each  # type: ignore[arg-type]  # the caller's fields
        for each in tier.servers
    )
    return replace(stack, tiers=(replace(tier, servers=machines),))


def balanced(spec: StackSpec, *listeners: Listener, address: str = "10.20.0.2", enabled: bool = True) -> StackSpec:
    """The stack behind one load balancer, to which its public address leads."""
    return replace(
        spec,
        cloud=replace(spec.cloud, load_balancing=True),
        quota=replace(spec.quota, ports=spec.quota.ports + 1, load_balancers=1),
        subnet=replace(spec.subnet, own=("10.20.0.5", "10.20.0.9")),
        load_balancers=(LoadBalancer("front", "app", address, listeners, enabled=enabled),),
        public_addresses=tuple(replace(each, load_balancer="front") for each in spec.public_addresses),
    )
