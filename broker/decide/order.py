"""The facts about what carries a matter out: assignment, go-live, hand-over (C-11, C-12)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from ipaddress import IPv4Network

from broker.clock import SHANGHAI, day_of, end_of
from broker.decide import relocation
from broker.decide.case import Case, misfits, provider_fact
from broker.decide.period import key_periods
from broker.decide.proof import open_findings, protection_fact, test_fact
from broker.decide.reviews import review_facts
from broker.decide.wish import form_of, request_of
from broker.documents.cases import (
    AssignmentSpec,
    ElasticIntent,
    GoLiveSpec,
    HandOverSpec,
    Leaving,
    OnboardingApprovalSpec,
    OnboardingRequestSpec,
    ServiceIntentFormSpec,
)
from broker.documents.envelope import Spec
from broker.estate.balancing import built
from broker.estate.system import System, deployment_of, volume_name
from broker.plan.address import LARGEST_TIER_SLOT, balancer_room, slot_size, subnet_of
from broker.registry.filed import Filed
from broker.signatures.sign import VALIDITY
from policies.facts import Facts, GapFact, MatterFact, OverlapFact, ReturnFact, Subject
from policies.papers import KeyPeriodFact


def assignment_facts(spec: AssignmentSpec, filed: Filed[Spec], case: Case) -> Facts:
    """The facts about an assignment: what it stands on, and the subnets it gives."""
    form = form_of(spec.matter, case.registry)
    matter = MatterFact(spec.matter, is_intent=form is not None, approved=spec.matter in case.standing.approved)
    request = request_of(spec.matter, case.registry)
    if request is not None and _expired(request, max(day_of(spec.assigned_at), _given_on(filed, case)), case):
        matter = replace(matter, approved=False)
    to_provider = spec.assignee == "provider"
    gaps = [GapFact("spec.provider", "没有写明服务商", "填写 provider")] if to_provider and not spec.provider else []
    if request is not None and to_provider:
        gaps += _assignment_gaps(spec, request.spec, case)
    if form is not None and to_provider:
        gaps += (*_too_late(spec, form.spec, case), *relocation.assignment_gaps(form.spec, case))
    if matter.approved:
        gaps += misfits(filed, "spec.matter", case)
    return Facts(
        Subject.ASSIGNMENT,
        provider=provider_fact(spec.provider, case) if spec.provider and form is None else None,
        matter=matter,
        gaps=tuple(gaps),
        overlaps=tuple(_overlaps(spec, request.spec.system if request else "", case)),
        reviews=review_facts(spec.provider, case) if spec.provider and form is None else (),
        key_periods=tuple(_key_periods(spec, form.spec, case)) if form is not None and to_provider else (),
    )


def _given_on(filed: Filed[Spec], case: Case) -> date:
    """The day on which the order was given: that of its last signature, else the one on which the broker received it.

    Not the day on which it is judged, since a broker that stood still makes nobody late. A signature tells its day as
    that of a decision does (decision 0023): it may not come before it, nor later than it lives.
    """
    came = day_of(case.arrivals.get(filed.digest, case.as_of))
    signed = max((s.payload.decided_on for s in filed.signatures if s.signer), default=came)
    return signed if came - VALIDITY <= signed <= came else came


def _expired(request: Filed[OnboardingRequestSpec], day: date, case: Case) -> bool:
    """Whether the approval of the request could be carried out only until an earlier day."""
    approvals = [
        f.spec
        for f in case.registry.in_force(OnboardingApprovalSpec)
        if request.id in f.spec.requests and f.spec.decision == "approved" and case.standing.was_admitted(f.digest)
    ]
    until = approvals[-1].valid_until if approvals else None
    return until is not None and day > until


def _key_periods(spec: AssignmentSpec, form: ServiceIntentFormSpec, case: Case) -> Iterator[KeyPeriodFact]:
    """The key periods in which the change or exit would be carried out; an elastic grant waits for its own window."""
    begins = max(filter(None, (spec.assigned_at, case.as_of, form.not_before)))
    if isinstance(form.intent, ElasticIntent) or form.urgent_reason is not None:
        return
    if isinstance(form.intent, Leaving):
        begins = max(begins, end_of(form.intent.last_day))
    yield from key_periods(day_of(begins), day_of(begins), (form.system,), "spec.matter", case)


def _too_late(spec: AssignmentSpec, form: ServiceIntentFormSpec, case: Case) -> Iterator[GapFact]:
    """What the unit wants done by an instant is not begun after it: it would begin now, whenever it was signed."""
    begins = max(filter(None, (spec.assigned_at, case.as_of, form.not_before)))
    if form.not_after is not None and begins > form.not_after:
        until = f"{form.not_after.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
        yield GapFact("spec.matter", f"使用单位要求不晚于 {until} 实施", "由使用单位另报意向表，写明新的时间")


def _assignment_gaps(spec: AssignmentSpec, request: OnboardingRequestSpec, case: Case) -> Iterator[GapFact]:
    if spec.provider and spec.provider != request.provider:
        yield GapFact("spec.provider", f"批复的服务商是 {request.provider}，不是 {spec.provider}", "填写批复的服务商")
    given = {subnet.zone: IPv4Network(subnet.cidr) for subnet in spec.subnets}
    for layout in request.zones:
        subnet = given.get(layout.zone)
        if subnet is None:
            yield GapFact("spec.subnets", f"没有为分区 {layout.zone} 指定网段", "为每个分区指定一个网段")
            continue
        largest = max((tier.count for tier in layout.tiers), default=0)
        if largest > slot_size(subnet) or len(layout.tiers) > LARGEST_TIER_SLOT + 1:
            yield GapFact(
                "spec.subnets", f"网段 {subnet} 每层至多{slot_size(subnet)}台，需要{largest}台", "指定更大的网段"
            )
        _, cloud = case.platform.clouds.get((request.provider, layout.zone), ("", None))
        balancers, room = len(built(deployment_of(layout), cloud)), balancer_room(subnet)
        if balancers > room:
            fact = f"网段 {subnet} 至多{room}个负载均衡，需要{balancers}个"
            yield GapFact("spec.subnets", fact, "指定更大的网段")


def _overlaps(spec: AssignmentSpec, system: str, case: Case) -> Iterator[OverlapFact]:
    for n, subnet in enumerate(spec.subnets):
        network, field = IPv4Network(subnet.cidr), f"spec.subnets[{n}].cidr"
        pools = [IPv4Network(pool.cidr) for pool in case.platform.pools if pool.zone == subnet.zone]
        if not any(network.subnet_of(pool) for pool in pools):
            yield OverlapFact(field, subnet.cidr, "、".join(map(str, pools)) or "任何地址池", outside=True)
        for (other, zone), cidr in sorted(case.standing.subnets.items()):
            if other != system and network.overlaps(subnet_of(cidr)):
                yield OverlapFact(field, subnet.cidr, f"{other}({zone})的 {cidr}")


def go_live_facts(spec: GoLiveSpec, case: Case) -> Facts:
    """The facts about a go-live: the system must stand where it can go live from."""
    system = case.standing.systems.get(spec.system)
    approved = system is not None and system.approval_number is not None
    matter = MatterFact(spec.system, is_intent=False, approved=approved, field="spec.system")
    if system is None or not approved:
        return Facts(Subject.GO_LIVE, matter=matter)
    day = max(spec.live_from, case.today)
    return Facts(
        Subject.GO_LIVE,
        matter=matter,
        tests=test_fact(spec.system, "spec.system", case),
        protection=protection_fact(spec.system, system.mlps.grade, day, "spec.system", case),
        open_findings=tuple(
            f for name in (system.id, system.provider) for f in open_findings(name, "spec.system", case)
        ),
    )


def hand_over_facts(spec: HandOverSpec, case: Case) -> Facts:
    """The facts about a receipt: a wipe must cover everything that holds data."""
    system = case.standing.systems.get(spec.system)
    matter = MatterFact(spec.form, is_intent=True, approved=spec.form in case.standing.approved, field="spec.form")
    form = form_of(spec.form, case.registry)
    if form is not None and form.spec.system != spec.system:
        gap = GapFact("spec.form", f"{spec.form} 不是 {spec.system} 的意向表", "填写该系统的意向表")
        return Facts(Subject.HAND_OVER, matter=matter, gaps=(gap,))
    if system is None or not spec.wipe:
        return Facts(Subject.HAND_OVER, matter=matter)
    if gaps := tuple(_too_early(spec, system, case)):
        return Facts(Subject.HAND_OVER, matter=matter, gaps=gaps)
    exiting = system.exit_form == spec.form
    kept = {(d.zone, "volume", volume.name) for d in system.deployments for volume in d.kept}
    wanted = set(_data_of(system)) if exiting else kept
    given = {(item.zone, item.kind, item.name) for item in spec.items}
    missing = tuple(f"{zone}/{kind}/{name}" for zone, kind, name in sorted(wanted - given)) if exiting else ()
    return Facts(Subject.HAND_OVER, matter=matter, hand_over=ReturnFact(missing, exiting=exiting or bool(kept & given)))


def _too_early(spec: HandOverSpec, system: System, case: Case) -> Iterator[GapFact]:
    """What a form keeps until a day is not wiped on that day or before, although the unit has its data back."""
    until = {(d.zone, volume.name): volume.until for d in system.deployments for volume in d.kept}
    for n, item in enumerate(spec.items):
        day = until.get((item.zone, item.name)) if item.kind == "volume" else None
        if day is not None and case.today <= day:
            fact = f"{item.name} 按意向表保留至{day}"
            yield GapFact(f"spec.items[{n}]", fact, "期满后再签署擦除，或先以 wipe: false 登记交接")


def _data_of(system: System) -> Iterator[tuple[str, str, str]]:
    for d in system.deployments:
        for tier in d.tiers:
            for server in tier.servers:
                for disk in server.disks:
                    yield d.zone, "volume", volume_name(tier.name, server.ordinal, disk.name)
        for volume in d.kept:
            yield d.zone, "volume", volume.name
        for bucket in d.buckets:
            yield d.zone, "bucket", bucket.name
