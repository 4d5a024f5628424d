"""October of the demo district with all that a report tells: use, advice, faults, consents, backups, findings."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from broker.clock import SHANGHAI
from broker.documents.backups import BackupRun, RestoreTest
from broker.documents.records import Record
from broker.documents.reporting import ReportKind
from broker.estate.platform import platform_of
from broker.ledger.usage import Usage
from broker.registry.filed import Registry
from monitoring.metering.facts import MonthFacts, digest_of
from monitoring.metering.period import Month
from monitoring.reports.kinds import Issue, issues, paper
from monitoring.reports.material import Around, around
from monitoring.reports.paper import Paper
from monitoring.utilisation.source import Reading, Signal
from tests.unit.monitoring.metering.month import (
    OCTOBER,
    POLICY,
    USUAL,
    buckets,
    data_disks,
    disk_given_back,
    facts,
    reading,
    registry,
    usages,
    use,
)

CLOSED_AT = OCTOBER.end + timedelta(days=2, hours=9)
KINDS: tuple[ReportKind, ...] = ("ops", "provider", "intent-summary", "supervision-data", "usage-circular")
UNITS = ("civil-affairs", "education", "gov-service", "haitang", "health", "urban-mgmt")
_DISK_BACK = disk_given_back(date(2026, 7, 10))
SHARED_CAUSE = "存储控制器故障,影响在线办事大厅和预防接种预约系统"


def filed(
    kind: str, id_: str, spec: dict[str, Any], on: str = "2026-10-09", by: str = "office-clerk"
) -> dict[str, Any]:
    """A document as its YAML would have it."""
    head = {"id": id_, "filed_on": on, "filed_by": by}
    return {"apiVersion": "govcloud/v1", "kind": kind, "metadata": head, "spec": spec}


def papers_of_october() -> tuple[dict[str, Any], ...]:
    """What happened, as documents."""
    fault = {
        "provider": "provider-a",
        "systems": ["online-hall", "vaccination-booking"],
        "started_at": "2026-10-12T10:00:00+08:00",
        "ended_at": "2026-10-12T11:30:00+08:00",
        "cause": SHARED_CAUSE,
    }
    request = {
        "provider": "provider-b",
        "systems": ["grid-governance"],
        "starts_at": "2026-10-17T22:00:00+08:00",
        "ends_at": "2026-10-17T23:00:00+08:00",
        "work": "网格化治理平台存储扩容",
        "rollback": "恢复原配置",
    }
    consent = {"request": "haitang-storage", "decision": "approved", "decided_on": "2026-10-13"}
    finding = {"system": "haitang-site", "risk": "high", "found_on": "2026-10-14"}
    check = {
        "topic": "periodic_check",
        "article": "C-6(一)",
        "party": "cloud-office",
        "about": "provider-b",
        "dated": "2026-10-15",
        "summary": "第四季度检查:乙云公司值班记录齐全",
    }
    return (
        filed("FaultNotice", "storage-fault", fault, on="2026-10-12", by="provider-a-operator"),
        filed("TemporaryInterruptionRequest", "haitang-storage", request, on="2026-10-12", by="provider-b-operator"),
        filed("TemporaryInterruptionConsent", "haitang-storage-consent", consent, on="2026-10-13"),
        filed("Finding", "site-finding", finding, on="2026-10-14"),
        filed("PlainRecord", "quarterly-check", check, on="2026-10-15"),
    )


def backups() -> tuple[Record, ...]:
    """A backup made, one that failed, and a restore test."""
    at = datetime(2026, 10, 5, 2, tzinfo=SHANGHAI)
    stack = "online-hall.extranet.provider-a"
    run = BackupRun(
        key="k1", stack=stack, kind="volume", name="db-1", mode="full", day=date(2026, 10, 5), at=at, made=True
    )
    failed = run.model_copy(update={"key": "k2", "made": False, "failure": "the cloud refused"})
    return run, failed, RestoreTest(key="k1", stack=stack, at=at + timedelta(hours=1), passed=True, told="same bytes")


def around_october(
    extra: Iterable[dict[str, Any]] = (),
    changed: Mapping[str, Any] | None = None,
    *,
    digest: str = "",
    with_before: bool = True,
) -> Around:
    """The month closed, with further papers, or with facts that are changed afterwards."""
    found = replace(october(), **(changed or {}))
    registered = registry((*papers_of_october(), *extra), backups())
    before = september() if with_before else None
    return replace(around(registered, found, digest or digest_of(found), CLOSED_AT, before), policy=POLICY)


def _servers() -> tuple[str, ...]:
    return tuple(u.taking.external_id for u in usages() if u.taking.type.endswith("Server"))


def _told() -> dict[str, Mapping[Signal, Reading]]:
    """One idles, one is full, one is hardly measured; all others are used as usual."""
    idle, full, few = _servers()[0], _servers()[7], _servers()[20]
    return {
        idle: {"cpu": reading(0.01, 0.02), "memory": reading(0.1, 0.12)},
        full: {"cpu": reading(0.72, 0.95), "memory": reading(0.6, 0.7)},
        few: {"cpu": reading(0.2, 0.3, samples=100)},
    }


def _of_systems(around_: Registry) -> dict[tuple[str, str], Mapping[Signal, Reading]]:
    clouds = {place: cloud for place, (cloud, _) in platform_of(around_).clouds.items()}
    deployments = {u.deployment for u in usages()}
    return {(d.system, clouds[d.provider, d.zone]): USUAL for d in deployments}


def _taken() -> tuple[Usage, ...]:
    """Servers, volumes, two of which no server has, and buckets, one of which is there since August."""
    fresh = datetime(2026, 8, 5, tzinfo=SHANGHAI)
    return (
        *usages(),
        *data_disks(),
        *(replace(u, started_at=fresh) if "vaccination-booking.extranet" in u.stack else u for u in buckets()),
    )


def _stored() -> dict[tuple[str, str], int]:
    """Two buckets are nearly full, two as they should be, two are low, and of all others no store tells."""
    gib = {
        ("urban-v2", "extranet"): 12 << 10,
        ("online-hall", "internet"): 300,
        ("online-hall", "extranet"): 200,
        ("elderly-care", "extranet"): 45,
        ("haitang-site", "internet"): 19,
        ("vaccination-booking", "extranet"): 100,
    }
    return {(f"{system}/{zone}", f"{system}-{zone}-objects"): size << 30 for (system, zone), size in gib.items()}


@cache
def october() -> MonthFacts:
    """The facts."""
    registered = registry(papers_of_october())
    told = use(
        _told(),
        idle_days={_servers()[0]: 12},
        systems=_of_systems(registered),
        stored=_stored(),
    )
    before = (september(), _month(Month(2026, 8)))
    registered = registry((*papers_of_october(), *_DISK_BACK))
    return facts(registry=registered, usages=_taken(), use=told, earlier=before)


@cache
def september() -> MonthFacts:
    """The month before: the same servers and buckets, one of them idle already."""
    return _month(Month(2026, 9))


def _month(month: Month) -> MonthFacts:
    told = use(_told(), idle_days={_servers()[0]: 11}, stored=_stored())
    return facts(month=month, registry=registry(_DISK_BACK), usages=_taken(), use=told)


def papers(known: Around, kind: ReportKind) -> dict[Issue, Paper]:
    """Every report of a kind."""
    return {issue: paper(known, issue) for issue in issues(known, kind)}


def the_paper(known: Around, kind: ReportKind, *, provider: str = "", unit: str = "") -> Paper:
    """The first report with just this cut."""
    return paper(known, next(i for i in issues(known, kind) if (i.cut.provider, i.cut.unit) == (provider, unit)))
