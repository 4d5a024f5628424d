"""The facts about an onboarding request and its approval (C-11, C-16)."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from broker.decide import reader, relocation
from broker.decide.capability import layout_items
from broker.decide.case import Case, flow_fact, layout_fact, platform_grade, provider_fact, tier_items, unit_fact
from broker.decide.planning import plan_item_gaps
from broker.decide.proof import open_findings
from broker.decide.reviews import disk_items, further_facts, review_facts
from broker.decide.room import Wish, known_amount, shortfalls
from broker.decide.wish import requests_of
from broker.documents.cases import OnboardingApprovalSpec, OnboardingRequestSpec
from broker.documents.layout import ZoneLayout
from broker.estate.event import filed_system
from broker.estate.system import Lifecycle, System, deployment_of
from broker.registry.filed import Filed
from policies.facts import Facts, GapFact, GradeFact, ShortfallFact, Subject
from policies.papers import BuildingFact
from quotas.amount import Amount


def request_facts(spec: OnboardingRequestSpec, request: str, case: Case) -> Facts:
    """The facts about an onboarding request; `request` is the document's id."""
    layouts = {f"spec.zones[{n}]": layout for n, layout in enumerate(spec.zones)}
    tiers = {f"{field}.tiers[{n}]": tier for field, z in layouts.items() for n, tier in enumerate(z.tiers)}
    asked = filed_system(spec, "")
    return Facts(
        Subject.ONBOARDING_REQUEST,
        unit=unit_fact(spec.unit, case),
        grade=GradeFact(spec.mlps.grade, platform_grade(case), spec.state_secret, spec.exempt_category),
        provider=provider_fact(spec.provider, case),
        items=(
            *tier_items(tiers, case),
            *disk_items(tiers, spec.provider, case),
            *(item for f, z in layouts.items() for item in layout_items(z, spec.dr_class, spec.provider, f, case)),
        ),
        zones=tuple(layout_fact(z, spec.flows, spec.provider, field, case) for field, z in layouts.items()),
        flows=tuple(flow_fact(f, f"spec.flows[{n}]", asked, case) for n, f in enumerate(spec.flows)),
        shortfalls=tuple(_request_shortfalls(spec, asked, case)),
        gaps=tuple(_request_gaps(spec, case)),
        reviews=review_facts(spec.provider, case),
        further_items=tuple(further_facts(spec.further_items, spec.provider, request, "spec.further_items", case)),
        building=BuildingFact("spec.builds", spec.builds, basis=spec.building_basis is not None),
    )


def _request_gaps(spec: OnboardingRequestSpec, case: Case) -> Iterator[GapFact]:
    if spec.plan_item is None and spec.out_of_plan_reason is None:
        yield GapFact(
            "spec.out_of_plan_reason", "未列入年度使用计划，也没有说明理由", "填写 plan_item 或 out_of_plan_reason"
        )
    yield from plan_item_gaps(spec, case)
    yield from relocation.request_gaps(spec, case)
    yield from reader.request_gaps(spec, case)
    known = case.standing.systems.get(spec.system)
    if known is not None and known.lifecycle is not Lifecycle.FILED:
        yield GapFact("spec.system", f"系统 {spec.system} 已入云", "对已入云系统填报政务云服务意向表")
    for n, layout in enumerate(spec.zones):
        names = [tier.name for tier in layout.tiers]
        accesses = [access.name for access in layout.api_access]
        for twice in sorted({name for name in accesses if accesses.count(name) > 1}):
            yield GapFact(f"spec.zones[{n}].api_access", f"接口访问 {twice} 列了两次", "每项接口访问用各自的名称")
        yield from _balancing_gaps(layout, f"spec.zones[{n}]")
        for public in layout.public_addresses:
            if public.tier not in names:
                yield GapFact(
                    f"spec.zones[{n}].public_addresses", f"没有层 {public.tier}", f"现有的层：{'、'.join(names)}"
                )


def _balancing_gaps(layout: ZoneLayout, zone: str) -> Iterator[GapFact]:
    """Load balancers that contradict each other or what is around them."""
    field, described = f"{zone}.load_balancing", layout.load_balancing
    if len(described) > layout.load_balancers:
        fact = f"说明了{len(described)}个负载均衡，申请的是{layout.load_balancers}个"
        yield GapFact(field, fact, "使 load_balancers 不少于 load_balancing 的项数")
    for twice in sorted({one.name for one in described if [o.name for o in described].count(one.name) > 1}):
        yield GapFact(field, f"负载均衡 {twice} 列了两次", "每个负载均衡用各自的名称")
    tiers = [tier.name for tier in layout.tiers]
    addresses = [public.name for public in layout.public_addresses]
    named = [one.public_address for one in described if one.public_address is not None]
    for one in described:
        if one.tier not in tiers:
            yield GapFact(field, f"没有层 {one.tier}", f"现有的层：{'、'.join(tiers)}")
    for name in sorted(set(named)):
        if name not in addresses:
            yield GapFact(field, f"没有公网地址 {name}", f"现有公网地址：{'、'.join(addresses) or '无'}")
        elif named.count(name) > 1:
            yield GapFact(field, f"公网地址 {name} 在{named.count(name)}个负载均衡中", "每个公网地址只用于一个负载均衡")


def _request_shortfalls(spec: OnboardingRequestSpec, asked: System, case: Case) -> Iterator[ShortfallFact]:
    for n, deployment in enumerate(asked.deployments):
        wish = known_amount(deployment, (), case)
        if wish is not None:
            place = f"spec.zones[{n}]"
            yield from shortfalls(Wish(spec.system, spec.unit, spec.provider, deployment.zone, wish, place), case)


def approval_facts(spec: OnboardingApprovalSpec, case: Case) -> Facts:
    """The facts about an approval: its requests are judged again, together."""
    requests = requests_of(spec, case.registry)
    missing = set(spec.requests) - {request.id for request in requests}
    refused = {request.id for request in requests if not case.standing.was_admitted(request.digest)}
    gaps = tuple(
        GapFact("spec.requests", f"{name} 不是已受理的入云申请", "填写已受理的入云申请编号")
        for name in sorted(missing | refused)
    )
    approved = requests if spec.decision == "approved" else ()
    facts = [request_facts(request.spec, request.id, case) for request in approved]
    about = {name for request in approved for name in (request.spec.system, request.spec.provider)}
    return Facts(
        Subject.ONBOARDING_APPROVAL,
        provider=next((f.provider for f in facts if f.provider and f.provider.status != "active"), None)
        or next((f.provider for f in facts if f.provider and f.provider.contract is None), None),
        shortfalls=tuple(_approval_shortfalls(approved, case)),
        gaps=gaps,
        reviews=tuple({replace(review, field="spec.requests"): None for f in facts for review in f.reviews}),
        open_findings=tuple(found for name in sorted(about) for found in open_findings(name, "spec.requests", case)),
    )


def _approval_shortfalls(requests: Iterable[Filed[OnboardingRequestSpec]], case: Case) -> Iterator[ShortfallFact]:
    """All requests of one approval together: each alone might fit where both do not."""
    sums: dict[tuple[str, str, str], Amount] = {}
    for request in requests:
        for layout in request.spec.zones:
            wish = known_amount(deployment_of(layout), (), case) or Amount()
            key = (request.spec.unit, request.spec.provider, layout.zone)
            sums[key] = sums.get(key, Amount()) + wish
    for (unit, provider, zone), wish in sums.items():
        yield from shortfalls(Wish("", unit, provider, zone, wish, "spec.requests"), case)
