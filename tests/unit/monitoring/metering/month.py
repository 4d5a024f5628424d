"""October of the demo district as values: what was metered of it, what sources told, and the facts of both."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from broker.clock import SHANGHAI
from broker.documents.records import Admitted, Record
from broker.estate.fold import fold
from broker.estate.platform import platform_of
from broker.ledger.intervals import Deployment
from broker.ledger.usage import Taking, Usage
from broker.plan.target import Target, targets
from broker.registry.filed import Registry
from monitoring.metering.close import Books, close
from monitoring.metering.facts import MonthFacts
from monitoring.metering.gather import Use
from monitoring.metering.period import Month
from monitoring.metering.policy import in_force
from monitoring.utilisation.source import Reading, Signal
from quotas.amount import Amount
from tests.fixtures import demo_district

OCTOBER = Month(2026, 10)
POLICY = in_force(OCTOBER.start.date())
SINCE = datetime(2026, 6, 1, 9, tzinfo=SHANGHAI)
STEPS = OCTOBER.span.seconds // 300


def reading(mean: float, p95: float, samples: int = STEPS) -> Reading:
    return Reading(mean, mean, p95, p95, p95, samples)


USUAL: Mapping[Signal, Reading] = {"cpu": reading(0.35, 0.6), "memory": reading(0.5, 0.6)}


def registry(extra: Iterable[dict[str, Any]] = (), records: tuple[Record, ...] = ()) -> Registry:
    """The district with its records of admission, and further documents and records."""
    plain = demo_district.registry(extra)
    known = demo_district.admissions(plain, OCTOBER.end)
    admitted = tuple(
        Admitted(
            document=filed.digest,
            id=filed.id,
            commit=filed.commit,
            sequence=filed.sequence,
            as_of=known[filed.digest].received_at,
            rule_set="sha256:" + "0" * 64,
            admitted=known[filed.digest].admitted,
        )
        for filed in plain.filed
        if filed.digest in known
    )
    return Registry(plain.head, plain.filed, (*admitted, *records))


REGISTRY = registry()


def usages(around: Registry = REGISTRY, since: datetime = SINCE) -> tuple[Usage, ...]:
    """A server for each that the stack specs of the month's end have, and a volume of 100 GiB beside it."""
    platform = platform_of(around)
    estate = fold(around.filed, demo_district.admissions(around, OCTOBER.end), OCTOBER.end)
    found = []
    for target in targets(estate, platform):
        if target.spec is None:
            continue
        where = Deployment(target.unit, target.spec.system, target.spec.zone, target.spec.provider)
        for server in (server for tier in target.spec.tiers for server in tier.servers):
            shape = platform.flavors[server.flavor]
            name = f"server-{server.name}"
            taking = Taking(
                name,
                "govcloud:openstack:Server",
                f"{target.stack}/{server.name}",
                Amount(vcpu=shape.vcpu, memory_gib=shape.memory_gib),
            )
            disk = Taking(
                f"volume-{server.name}", "govcloud:openstack:Volume", f"v/{taking.external_id}", Amount(block_gib=100)
            )
            found += [Usage(target.stack, where, one, since, None) for one in (taking, disk)]
    return tuple(found)


def buckets(around: Registry = REGISTRY, since: datetime = SINCE) -> tuple[Usage, ...]:
    """The buckets of the month's end, each with its hard limit."""
    estate = fold(around.filed, demo_district.admissions(around, OCTOBER.end), OCTOBER.end)
    return tuple(
        Usage(
            target.stack,
            Deployment(target.unit, target.spec.system, target.spec.zone, target.spec.provider),
            Taking(
                f"bucket-{one.name}",
                "govcloud:ceph:Bucket",
                bucket_id(target, one.name),
                Amount(object_gib=one.quota_gib),
            ),
            since,
            None,
        )
        for target in targets(estate, platform_of(around))
        if target.spec is not None
        for one in target.spec.buckets
    )


def disk_given_back(day: date, data: str = "hand_over", until: str | None = None) -> tuple[dict[str, Any], ...]:
    """The papers of one day by which both database servers of a system lose their data disk, whose data stay."""
    disk = {"action": "remove_disk", "zone": "extranet", "tier": "db", "disk": "data", "data": data}
    change = {"purpose": "change", "changes": [disk | ({"keep_until": until} if until else {})]}
    form = {"system": "assistance-check", "unit": "civil-affairs", "reason": "改用新库", "intent": change}
    assigned = {"matter": "disk-back", "assigned_at": f"{day}T09:00:00+08:00"}
    specs = (
        ("ServiceIntentForm", "disk-back", "civil-affairs-clerk", form),
        (
            "IntentDecision",
            "disk-back-decision",
            "office-clerk",
            {"form": "disk-back", "decision": "approved", "decided_on": str(day)},
        ),
        ("Assignment", "disk-back-to-ops", "office-clerk", {**assigned, "assignee": "ops_department"}),
        (
            "Assignment",
            "disk-back-to-provider",
            "ops-dispatcher",
            {**assigned, "assignee": "provider", "provider": "provider-a"},
        ),
    )
    return tuple(
        {
            "apiVersion": "govcloud/v1",
            "kind": kind,
            "metadata": {"id": id_, "filed_on": str(day), "filed_by": by},
            "spec": spec,
        }
        for kind, id_, by, spec in specs
    )


def data_disks(since: datetime = SINCE) -> tuple[Usage, ...]:
    """These two disks as the ledger has them."""
    where = Deployment("civil-affairs", "assistance-check", "extranet", "provider-a")
    return tuple(
        Usage(
            "assistance-check.extranet.provider-a",
            where,
            Taking(
                f"volume-db-{n}-data",
                "govcloud:openstack:Volume",
                f"v/db-{n}-data",
                Amount(block_gib=500, block_high_performance_gib=500),
            ),
            since,
            None,
        )
        for n in (1, 2)
    )


def bucket_id(target: Target, name: str) -> str:
    """As a gateway's state has it: owner and name."""
    return f"{target.unit}${target.stack.rpartition('.')[0].replace('.', '-')}/{name}"


def use(told: Mapping[str, Any] | None = None, **rest: Any) -> Use:
    """Every server is used as usual, but those of `told`."""
    servers: dict[str, Mapping[Signal, Reading]] = {
        u.taking.external_id: USUAL for u in usages() if u.taking.type.endswith("Server")
    }
    return Use(servers={**servers, **(told or {})}, sources=("ledger", "prometheus"), **rest)


def books(**changed: Any) -> Books:
    """What October is closed on."""
    clouds = {place: cloud for place, (cloud, _) in platform_of(REGISTRY).clouds.items()}
    return replace(Books(OCTOBER, REGISTRY, usages(), use(), POLICY, (), clouds), **changed)


def facts(**changed: Any) -> MonthFacts:
    """The facts of October."""
    return close(books(**changed))
