"""The facts about a service intent form and the decision on it (C-12, C-6(四))."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from ipaddress import IPv4Network
from typing import TypedDict

from broker.clock import SHANGHAI
from broker.decide import reader, relocation
from broker.decide.capability import bucket_items
from broker.decide.case import Case, flow_fact, misfits, platform_grade, tier_items, unit_fact, zone_fact
from broker.decide.proof import protection_fact, use_fact
from broker.decide.reviews import disk_items, further_facts
from broker.decide.room import Wish, known_amount, shortfalls
from broker.decide.wish import form_of, wished
from broker.documents.cases import ChangeIntent, ElasticIntent, IntentDecisionSpec, ServiceIntentFormSpec
from broker.documents.changes import (
    AddBucket,
    AddLoadBalancer,
    AddPublicAddress,
    AddTier,
    Change,
    OpenFlow,
    RemoveTier,
    RenewBucketKey,
    SetBucketEncryption,
    SetBucketReaders,
    SetFlavor,
    SetImage,
)
from broker.documents.envelope import Spec
from broker.estate.conflict import ChangeConflict
from broker.estate.system import Deployment, Grant, Lifecycle, System
from broker.plan.address import balancer_room
from broker.registry.filed import Filed
from policies.facts import (
    Facts,
    FlowFact,
    GapFact,
    GradeFact,
    GrantFact,
    ItemFact,
    MatterFact,
    ShortfallFact,
    Subject,
    ZoneFact,
)
from policies.papers import FurtherItemFact, ProtectionFact, UseFact
from quotas.amount import Amount


class _Grade(TypedDict, total=False):
    grade: GradeFact
    protection: ProtectionFact


def form_facts(spec: ServiceIntentFormSpec, filed: Filed[Spec], case: Case) -> Facts:
    """The facts about an intent form, as the system stands now."""
    unit = unit_fact(spec.unit, case)
    system = case.standing.systems.get(spec.system)
    if system is None or system.lifecycle is Lifecycle.FILED:
        gap = GapFact("spec.system", f"系统 {spec.system} 没有入云批复", "先申请入云")
        return Facts(Subject.INTENT_FORM, unit=unit, gaps=(gap,))
    after = wished(system, spec, filed.id)
    conflicts = after if isinstance(after, tuple) else ()
    gaps = [GapFact(c.field, c.fact, c.cure) for c in conflicts]
    if system.unit != spec.unit:
        gaps.append(GapFact("spec.unit", f"{spec.system} 属于 {system.unit}", "由该系统的使用单位填报"))
    return Facts(
        Subject.INTENT_FORM,
        unit=unit,
        items=tuple(_form_items(spec, system, case)),
        zones=tuple(_form_zones(spec, system, case)),
        flows=tuple(_form_flows(spec, after if isinstance(after, System) else system, case)),
        shortfalls=tuple(_form_shortfalls(spec, system, after, case)),
        gaps=(
            *gaps,
            *_elastic_gaps(spec, system),
            *_room_gaps(spec, system, after),
            *_key_gaps(spec, system, case),
            *_window_gaps(spec, system, case),
            *_time_gaps(spec),
            *reader.form_gaps(spec, system, case),
            *relocation.form_gaps(spec, case),
        ),
        grant=_grant_fact(spec, system, filed),
        further_items=tuple(_further(spec, system, filed, case)),
        use=_use(system, after, filed, case) if isinstance(after, System) else None,
        **_new_grade(spec, system, case),
    )


def _key_gaps(spec: ServiceIntentFormSpec, system: System, case: Case) -> Iterator[GapFact]:
    """A key to buckets is renewed only where the object store has keys of its own."""
    for n, change in enumerate(spec.intent.changes if isinstance(spec.intent, ChangeIntent) else ()):
        known = case.platform.clouds.get((system.provider, change.zone)) if isinstance(change, RenewBucketKey) else None
        if known and known[1].object_store == "swift":
            fact = f"{known[0]} 的对象存储没有存储桶密钥，用接口访问(api_access)的凭证"
            yield GapFact(f"spec.intent.changes[{n}].action", fact, "改用 renew_api_access")


def _window_gaps(spec: ServiceIntentFormSpec, system: System, case: Case) -> Iterator[GapFact]:
    """A tier stays as long as an elastic grant may fill it."""
    for n, change in enumerate(spec.intent.changes if isinstance(spec.intent, ChangeIntent) else ()):
        if not isinstance(change, RemoveTier):
            continue
        for grant in system.grants:
            if (grant.zone, grant.tier) == (change.zone, change.tier) and grant.end > case.as_of:
                end = f"{grant.end.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
                fact = f"层 {grant.tier} 的动态弹性调整 {grant.document} 到 {end} 为止"
                yield GapFact(f"spec.intent.changes[{n}].tier", fact, "期满后再退出该层")


def _time_gaps(spec: ServiceIntentFormSpec) -> Iterator[GapFact]:
    if spec.not_before is not None and spec.not_after is not None and spec.not_after < spec.not_before:
        yield GapFact("spec.not_after", "not_after 早于 not_before", "改正实施的起止时间")


def _further(spec: ServiceIntentFormSpec, system: System, filed: Filed[Spec], case: Case) -> Iterator[FurtherItemFact]:
    if isinstance(spec.intent, ChangeIntent):
        field = "spec.intent.further_items"
        yield from further_facts(spec.intent.further_items, system.provider, filed.id, field, case)


def _use(before: System, after: System, filed: Filed[Spec], case: Case) -> UseFact | None:
    """What the system uses of what it has, where a change gives it more vCPU or memory than before."""
    grows = frozenset(
        deployment.zone
        for deployment in after.deployments
        if (had := before.deployment(deployment.zone)) is not deployment
        and (wanted := known_amount(deployment, (), case)) is not None
        and _grows(had, wanted, case)
    )
    return use_fact(before.id, grows, filed.document.metadata.filed_on, case) if grows else None


def _grows(before: Deployment | None, wanted: Amount, case: Case) -> bool:
    had = (known_amount(before, (), case) if before else None) or Amount()
    return wanted.vcpu > had.vcpu or wanted.memory_gib > had.memory_gib


def _new_grade(spec: ServiceIntentFormSpec, system: System, case: Case) -> _Grade:
    """A change that alters the grade needs the assessment at the new one before it takes effect (C-18)."""
    grade = spec.intent.mlps_grade if isinstance(spec.intent, ChangeIntent) else None
    if grade is None or grade == system.mlps.grade:
        return {}
    field = "spec.intent.mlps_grade"
    return {
        "grade": GradeFact(grade, platform_grade(case), state_secret=False, field=field),
        "protection": protection_fact(system.id, grade, case.today, field, case),
    }


def _form_items(spec: ServiceIntentFormSpec, system: System, case: Case) -> Iterator[ItemFact]:
    if not isinstance(spec.intent, ChangeIntent):
        return
    for n, change in enumerate(spec.intent.changes):
        if isinstance(change, AddTier):
            tiers = {f"spec.intent.changes[{n}].tier": change.tier}
            yield from tier_items(tiers, case)
            yield from disk_items(tiers, system.provider, case)
        elif isinstance(change, AddBucket):
            field = f"spec.intent.changes[{n}].bucket"
            yield from bucket_items(change.bucket, system.provider, change.zone, field, case)
        elif isinstance(change, SetBucketEncryption | SetBucketReaders):
            yield from bucket_items(change, system.provider, change.zone, f"spec.intent.changes[{n}]", case)
        elif isinstance(change, SetFlavor):
            yield ItemFact(f"spec.intent.changes[{n}].flavor", "规格", change.flavor, case.flavors)
        elif isinstance(change, SetImage):
            yield ItemFact(f"spec.intent.changes[{n}].image", "镜像", change.image, case.images)


def _form_zones(spec: ServiceIntentFormSpec, system: System, case: Case) -> Iterator[ZoneFact]:
    if isinstance(spec.intent, ChangeIntent):
        for n, change in enumerate(spec.intent.changes):
            if isinstance(change, AddPublicAddress):
                yield zone_fact(change.zone, system.provider, f"spec.intent.changes[{n}]", 1, case)


def _form_flows(spec: ServiceIntentFormSpec, system: System, case: Case) -> Iterator[FlowFact]:
    if isinstance(spec.intent, ChangeIntent):
        for n, change in enumerate(spec.intent.changes):
            if isinstance(change, OpenFlow):
                yield flow_fact(change.flow, f"spec.intent.changes[{n}].flow", system, case)


def _form_shortfalls(
    spec: ServiceIntentFormSpec, system: System, wanted: System | tuple[ChangeConflict, ...], case: Case
) -> Iterator[ShortfallFact]:
    """What the form asks on top of what is held, zone by zone; a change that does not fit counts as far as it goes."""
    after, grants = system, system.grants
    match spec.intent:
        case ChangeIntent(changes=changes):
            after = wanted if isinstance(wanted, System) else _as_far_as_it_goes(spec, system, changes)
            fields = {c.zone: f"spec.intent.changes[{n}]" for n, c in enumerate(changes) if hasattr(c, "zone")}
        case ElasticIntent() as elastic:
            grants = (*grants, _grant(elastic, case.as_of))
            fields = {elastic.zone: "spec.intent.count_ceiling"}
        case _:
            return
    for zone, field in fields.items():
        deployment = after.deployment(zone)
        wish = known_amount(deployment, grants, case) if deployment else None
        if wish is not None:
            before = case.standing.held(system.id, zone)
            yield from shortfalls(
                Wish(system.id, system.unit, system.provider, zone, before.at_least(wish), field), case
            )


def _as_far_as_it_goes(spec: ServiceIntentFormSpec, system: System, changes: tuple[Change, ...]) -> System:
    """The system after those of the changes that fit it one by one."""
    fitting = tuple(c for c in changes if not isinstance(wished(system, _only(spec, c), ""), tuple))
    changed = wished(system, _with(spec, fitting), "") if fitting else system
    return changed if isinstance(changed, System) else system


def _only(spec: ServiceIntentFormSpec, change: object) -> ServiceIntentFormSpec:
    return _with(spec, (change,))


def _with(spec: ServiceIntentFormSpec, changes: tuple[object, ...]) -> ServiceIntentFormSpec:
    return spec.model_copy(update={"intent": spec.intent.model_copy(update={"changes": changes})})


def _grant(intent: ElasticIntent, as_of: datetime) -> Grant:
    """The grant as if its window were open until for ever: it is held from its decision to its end."""
    ends = as_of.replace(year=9999)
    return Grant("", intent.zone, intent.tier, intent.count_ceiling, intent.bandwidth_mbps_ceiling, as_of, ends)


def _room_gaps(spec: ServiceIntentFormSpec, system: System, after: object) -> Iterator[GapFact]:
    """Load balancers for which the system's subnet has no addresses, whoever makes them."""
    if not isinstance(spec.intent, ChangeIntent) or not isinstance(after, System):
        return
    for n, change in enumerate(spec.intent.changes):
        deployment = after.deployment(change.zone) if isinstance(change, AddLoadBalancer) else None
        if deployment is not None and deployment.subnet is not None:
            room = balancer_room(IPv4Network(deployment.subnet))
            if max((balancer.number for balancer in deployment.balancers), default=0) > room:
                fact = f"{system.id} 的网段 {deployment.subnet} 至多{room}个负载均衡"
                yield GapFact(f"spec.intent.changes[{n}]", fact, "先退出一个负载均衡，或另行入云取得更大的网段")


def _elastic_gaps(spec: ServiceIntentFormSpec, system: System) -> Iterator[GapFact]:
    if isinstance(spec.intent, ElasticIntent):
        deployment = system.deployment(spec.intent.zone)
        if deployment is None or deployment.tier(spec.intent.tier) is None:
            yield GapFact(
                "spec.intent.tier", f"分区 {spec.intent.zone} 没有层 {spec.intent.tier}", "填写现有的分区和层"
            )


def _grant_fact(spec: ServiceIntentFormSpec, system: System, filed: Filed[Spec]) -> GrantFact | None:
    if not isinstance(spec.intent, ElasticIntent):
        return None
    deployment = system.deployment(spec.intent.zone)
    tier = deployment.tier(spec.intent.tier) if deployment else None
    return GrantFact(
        first_day=spec.intent.first_day,
        last_day=spec.intent.last_day,
        filed_on=filed.document.metadata.filed_on,
        count_ceiling=spec.intent.count_ceiling,
        count_base=len(tier.servers) if tier else 0,
        bandwidth_ceiling_mbps=spec.intent.bandwidth_mbps_ceiling,
        bandwidth_base_mbps=deployment.bandwidth_mbps if deployment else 0,
    )


def decision_facts(spec: IntentDecisionSpec, filed: Filed[Spec], case: Case) -> Facts:
    """The facts about the decision on a form: the form is judged again, since others came between."""
    form = form_of(spec.form, case.registry)
    received = form is not None and case.standing.was_admitted(form.digest)
    matter = MatterFact(spec.form, is_intent=True, approved=received, field="spec.form")
    if form is None or not received or spec.decision != "approved":
        return Facts(Subject.INTENT_DECISION, matter=matter)
    again = form_facts(form.spec, form, case)
    gaps = tuple(replace(gap, field="spec.form") for gap in again.gaps)
    return Facts(
        Subject.INTENT_DECISION,
        matter=matter,
        shortfalls=tuple(replace(short, field="spec.form") for short in again.shortfalls),
        gaps=gaps or tuple(misfits(filed, "spec.form", case)),
    )
