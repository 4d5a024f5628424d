"""The lowest free subnet of a zone's pools: what `broker assign` proposes."""

from collections.abc import Container, Iterable, Iterator
from ipaddress import IPv4Network

from broker.documents.cases import AssignmentSpec
from broker.documents.exceptions import CityCloudLinkSpec
from broker.documents.platform import AddressPoolSpec, ZoneSpec
from broker.registry.addresses import released_requests
from broker.registry.filed import Registry


def free_subnet(registry: Registry, zone: str) -> IPv4Network | None:
    """The lowest subnet of the zone's pools that no document has; None where the pools are used up or there is none.

    Every assignment that was filed counts, decided or not: two proposals at once never name the same subnet once one
    of them is in the registry. Named outside networks are left out too, since a flow could not tell them apart. What a
    system gave back is taken again only where nothing else is left: it is in use until its hand-over has taken effect.
    """
    return _lowest(registry, zone, frozenset()) or _lowest(registry, zone, released_requests(registry.filed))


def _lowest(registry: Registry, zone: str, released: Container[str]) -> IPv4Network | None:
    taken = tuple(_taken(registry, released))
    pools = sorted((f.spec for f in registry.in_force(AddressPoolSpec) if f.spec.zone == zone), key=_first_address)
    found = (lowest_free(IPv4Network(pool.cidr), pool.subnet_prefix, taken) for pool in pools)
    return next((subnet for subnet in found if subnet is not None), None)


def _first_address(pool: AddressPoolSpec) -> int:
    return int(IPv4Network(pool.cidr).network_address)


def _taken(registry: Registry, released: Container[str]) -> Iterator[IPv4Network]:
    for assignment in registry.in_force(AssignmentSpec):
        if assignment.spec.matter not in released:
            yield from (IPv4Network(subnet.cidr) for subnet in assignment.spec.subnets)
    for zone in registry.in_force(ZoneSpec):
        yield from (IPv4Network(network.cidr) for network in zone.spec.named_networks)
    yield from (IPv4Network(link.spec.cidr) for link in registry.in_force(CityCloudLinkSpec))


def lowest_free(pool: IPv4Network, prefix: int, taken: Iterable[IPv4Network]) -> IPv4Network | None:
    """The lowest subnet of this size in the pool that overlaps nothing taken.

    One pass in the order of addresses: each range in the way moves the candidate behind it.
    """
    size = 1 << (pool.max_prefixlen - prefix)
    first, last = int(pool.network_address), int(pool.broadcast_address)
    for network in sorted(taken):
        if int(network.broadcast_address) < first:
            continue
        if int(network.network_address) >= first + size:
            break
        first = (int(network.broadcast_address) // size + 1) * size
    return IPv4Network((first, prefix)) if first + size - 1 <= last else None
