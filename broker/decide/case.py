"""What facts are gathered from, and the facts that every kind of document shares."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property

from broker.clock import day_of
from broker.decide.standing import Standing
from broker.documents.envelope import Spec
from broker.documents.layout import (
    ExtranetUsersEnd,
    Flow,
    FlowEnd,
    NamedNetworkEnd,
    PublicEnd,
    TierEnd,
    TierLayout,
    ZoneLayout,
)
from broker.documents.platform import ParameterSpec, ServiceContractSpec
from broker.documents.records import Received
from broker.estate.platform import Platform
from broker.estate.system import System
from broker.plan.flow import EXTRANET_USERS
from broker.registry.filed import Filed, Registry
from policies.facts import FlowEndFact, FlowFact, GapFact, ItemFact, ProviderFact, UnitFact, ZoneFact
from quotas.amount import Amount


@dataclass(frozen=True)
class Case:
    """The documents around those that are judged, the platform, and what was decided before each.

    The standing grows from document to document. What hangs on registry, platform and `as_of` alone is worked out once.
    """

    registry: Registry
    platform: Platform
    standing: Standing
    as_of: datetime

    @cached_property
    def today(self) -> date:
        """The day of `as_of` in Shanghai."""
        return day_of(self.as_of)

    @cached_property
    def flavors(self) -> tuple[str, ...]:
        """The names of the flavors on offer, sorted."""
        return tuple(sorted(self.platform.flavors))

    @cached_property
    def images(self) -> tuple[str, ...]:
        """The names of the images on offer, sorted."""
        return tuple(sorted(self.platform.images))

    @cached_property
    def contracts(self) -> Mapping[str, tuple[ServiceContractSpec, ...]]:
        """By provider: its contracts in force today."""
        found: dict[str, tuple[ServiceContractSpec, ...]] = {}
        for contract in self.platform.contracts:
            if contract.valid_from <= self.today <= contract.valid_until:
                found[contract.provider] = (*found.get(contract.provider, ()), contract)
        return found

    @cached_property
    def quotas(self) -> Mapping[tuple[str, str], Amount]:
        """By (unit, zone): the quota in force; a unit without one has none, since nothing is granted by default."""
        in_force = {
            place: [quota for quota in quotas if quota.valid_from <= self.today]
            for place, quotas in self.platform.quotas.items()
        }
        return {place: found[-1].amount.counted for place, found in in_force.items() if found}

    @cached_property
    def capacities(self) -> Mapping[tuple[str, str], Amount]:
        """By (provider, zone): the capacity of each cloud."""
        return {place: cloud.capacity.counted for place, (_, cloud) in self.platform.clouds.items()}

    @cached_property
    def parameters(self) -> Mapping[str, ParameterSpec]:
        """By name: the whole figures that the office has set, each with the latest day among those in force today."""
        found: dict[str, ParameterSpec] = {}
        for spec in (filed.spec for filed in self.registry.in_force(ParameterSpec)):
            known = found.get(spec.name)
            later = known is None or spec.valid_from > known.valid_from
            if spec.valid_from <= self.today and isinstance(spec.value, int) and later:
                found[spec.name] = spec
        return found

    @cached_property
    def arrivals(self) -> Mapping[str, datetime]:
        """By digest: when the broker first received each document."""
        received = (record for record in reversed(self.registry.records) if isinstance(record, Received))
        return {record.document: record.at for record in received}

    def line_of(self, document: str) -> tuple[str, ...]:
        """The document and those whose place it takes, newest first."""
        line = [document]
        while (filed := self.registry.get(line[-1])) is not None and (before := filed.document.metadata.supersedes):
            line.append(before)
        return tuple(line)


def unit_fact(unit: str, case: Case) -> UnitFact:
    """The unit and whether it is on the register."""
    known = case.platform.units.get(unit)
    return UnitFact(unit, registered=known is not None, kind=known.unit_kind if known else "")


def platform_grade(case: Case) -> int:
    """The platform's own grade; 0 where no document says it, so that nothing passes."""
    return case.platform.district.mlps_grade if case.platform.district else 0


def provider_fact(provider: str, case: Case) -> ProviderFact:
    """The provider, its status, and its contract in force on the day of `as_of`."""
    known = case.platform.providers.get(provider)
    contract = next((c.number for c in case.contracts.get(provider, ())), None)
    return ProviderFact(provider, known.status if known else "unknown", contract, case.today)


def tier_items(tiers: dict[str, TierLayout], case: Case) -> Iterator[ItemFact]:
    """Flavor and image of every tier, by field, with what the platform offers."""
    for field, tier in tiers.items():
        yield ItemFact(f"{field}.flavor", "规格", tier.flavor, case.flavors)
        yield ItemFact(f"{field}.image", "镜像", tier.image, case.images)


def zone_fact(zone: str, provider: str, field: str, public_addresses: int, case: Case) -> ZoneFact:
    """The zone, and whether the provider has a cloud there."""
    known = case.platform.zones.get(zone)
    return ZoneFact(
        zone=zone,
        zone_zh=known.name_zh if known else zone,
        field=field,
        public_addresses=public_addresses,
        allows_public_addresses=bool(known and known.public_addresses),
        has_cloud=(provider, zone) in case.platform.clouds,
    )


def layout_fact(layout: ZoneLayout, flows: tuple[Flow, ...], provider: str, field: str, case: Case) -> ZoneFact:
    """The zone as a whole deployment asks for it, and whether that would usually be in the other zone (C-2: 主要)."""
    fact = zone_fact(layout.zone, provider, field, len(layout.public_addresses), case)
    serves = layout.public_addresses or layout.load_balancers or any(_public(flow, layout.zone) for flow in flows)
    if not fact.allows_public_addresses or serves or not layout.tiers:
        return fact
    unusual = "不面向公众：没有公网地址、负载均衡或公众访问关系"
    return replace(fact, unusual_zh=unusual, reasoned=layout.reason is not None)


def _public(flow: Flow, zone: str) -> bool:
    ends = (flow.source, flow.target)
    return any(isinstance(end, PublicEnd) for end in ends) and any(
        isinstance(end, TierEnd) and end.zone == zone for end in ends
    )


def flow_fact(flow: Flow, field: str, system: System, case: Case) -> FlowFact:
    """The flow with both its ends looked up."""
    return FlowFact(flow.id, field, _end(flow.source, system, case), _end(flow.target, system, case))


def misfits(filed: Filed[Spec], field: str, case: Case) -> Iterator[GapFact]:
    """That the decision and others before it, of which one is not yet carried out, cannot all be carried out."""
    if not case.standing.fits(filed, case.as_of):
        yield GapFact(field, "与先前已决定、尚未实施的变更不能先后实施", "待先决定的变更实施后再办理，或撤回其中一份")


def _end(end: FlowEnd, system: System, case: Case) -> FlowEndFact:
    match end:
        case TierEnd():
            other = system if end.system in {None, system.id} else case.standing.systems.get(end.system or "")
            deployment = other.deployment(end.zone) if other else None
            exists = deployment is not None and deployment.tier(end.tier) is not None
            return FlowEndFact(f"{end.system or system.id}/{end.zone}/{end.tier}", exists, public=False, zone=end.zone)
        case PublicEnd():
            return FlowEndFact("公众互联网", exists=True, public=True, zone=None)
        case ExtranetUsersEnd():
            exists = case.platform.network(EXTRANET_USERS) is not None
            return FlowEndFact("电子政务外网用户", exists, public=False, zone=None)
        case NamedNetworkEnd():
            exists = end.cidr is not None or case.platform.network(end.name) is not None
            return FlowEndFact(end.name, exists, public=False, zone=None)
