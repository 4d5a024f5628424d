"""The shared cloud as its foundation documents describe it: what plans, quotas and rules look things up in."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network

from broker.documents.exceptions import CityCloudLinkSpec
from broker.documents.organisations import ProviderSpec, UnitSpec
from broker.documents.platform import (
    AddressPoolSpec,
    CloudSpec,
    FlavorSpec,
    ImageSpec,
    PlatformSpec,
    ServiceContractSpec,
    UnitQuotaSpec,
    ZoneSpec,
)
from broker.estate.amount import Shape
from broker.registry.filed import Registry


@dataclass(frozen=True, slots=True)
class Platform:
    """Foundation documents in force, by what they are about."""

    district: PlatformSpec | None
    units: Mapping[str, UnitSpec]
    providers: Mapping[str, ProviderSpec]
    contracts: tuple[ServiceContractSpec, ...]
    zones: Mapping[str, ZoneSpec]
    clouds: Mapping[tuple[str, str], tuple[str, CloudSpec]]
    """By (provider, zone): the cloud's document id and content."""
    flavors: Mapping[str, Shape]
    images: Mapping[str, ImageSpec]
    pools: tuple[AddressPoolSpec, ...]
    quotas: Mapping[tuple[str, str], tuple[UnitQuotaSpec, ...]]
    """By (unit, zone), oldest first."""
    links: tuple[CityCloudLinkSpec, ...] = ()
    """Networks of the city's cloud (C-6(六)); a flow names them as it names an outside network of a zone."""

    def network(self, name: str) -> IPv4Network | None:
        """The named outside network of any zone or link, or None where no document has it."""
        named = [(n.name, n.cidr) for zone in self.zones.values() for n in zone.named_networks]
        named += [(link.name, link.cidr) for link in self.links]
        return next((_range(cidr) for known, cidr in named if known == name), None)


@lru_cache(maxsize=256)
def _range(cidr: str) -> IPv4Network:
    """Every flow from or to an outside network asks for it."""
    return IPv4Network(cidr)


def platform_of(registry: Registry) -> Platform:
    """The platform as the registry's foundation documents in force have it."""
    quotas: dict[tuple[str, str], list[UnitQuotaSpec]] = {}
    for filed in registry.in_force(UnitQuotaSpec):
        quotas.setdefault((filed.spec.unit, filed.spec.zone), []).append(filed.spec)
    return Platform(
        district=next((f.spec for f in reversed(registry.in_force(PlatformSpec))), None),
        units={registry.first(f.id): f.spec for f in registry.in_force(UnitSpec)},
        providers={registry.first(f.id): f.spec for f in registry.in_force(ProviderSpec)},
        contracts=tuple(f.spec for f in registry.in_force(ServiceContractSpec)),
        zones={f.spec.zone: f.spec for f in registry.in_force(ZoneSpec)},
        clouds={(f.spec.provider, f.spec.zone): (registry.first(f.id), f.spec) for f in registry.in_force(CloudSpec)},
        flavors={f.spec.name: Shape(f.spec.vcpu, f.spec.memory_gib) for f in registry.in_force(FlavorSpec)},
        images={f.spec.name: f.spec for f in registry.in_force(ImageSpec)},
        pools=tuple(f.spec for f in registry.in_force(AddressPoolSpec)),
        quotas={key: tuple(sorted(specs, key=lambda q: q.valid_from)) for key, specs in quotas.items()},
        links=tuple(f.spec for f in registry.in_force(CityCloudLinkSpec)),
    )
