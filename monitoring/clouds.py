"""The collectors of one OpenStack endpoint and of one gateway: whole lists, side by side, each with its own fate."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from zlib import crc32

from monitoring import catalogue, compatible, inventory
from monitoring import listing as lists
from monitoring.collector import Collector
from monitoring.family import Sample
from monitoring.listing import Item, Listing
from monitoring.places import Places
from stacks.provider.ceph.admin import Admin
from stacks.provider.scope import Service

PARTS = 6
"""What costs a call per project is spread over its rhythm in so many parts."""
MISSED = 3
"""Refreshes that may fail before the data are dropped."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often the clouds are read. `slow_every_s` is for what costs a call per project."""

    every_s: float = 300.0
    slow_every_s: float = 3600.0


@dataclass(frozen=True, slots=True)
class Telling:
    """What is told of an endpoint. `both`: by the names of openstack-exporter too, from the same lists."""

    endpoint: str
    both: bool = False

    def told(
        self,
        items: Iterable[Item],
        ours: Callable[[Iterable[Item]], Iterator[Sample]],
        theirs: Callable[[], compatible.Teller],
    ) -> Iterator[Sample]:
        """A list as our families, and as theirs where they are asked for."""
        return compatible.beside(items, ours, theirs()) if self.both else ours(items)


def of_openstack(  # noqa: PLR0913, PLR0917 - what an endpoint is
    endpoint: str,
    listing: Listing,
    places: Places,
    rhythm: Rhythm,
    swift_clouds: frozenset[str],
    with_compatible: bool = False,  # noqa: FBT001, FBT002 - the caller names it
) -> tuple[Collector, ...]:
    """Everything that is read of one endpoint. `swift_clouds` are the clouds whose buckets are Swift's."""
    telling = Telling(endpoint, with_compatible)

    def often(name: str, gather: Callable[[], Iterator[Sample]]) -> Collector:
        return Collector(endpoint, name, gather, rhythm.every_s, rhythm.every_s * MISSED)

    def seldom(part: int) -> Collector:
        every_s = rhythm.slow_every_s
        gather = partial(_swift, listing, places, swift_clouds, part)
        return Collector(endpoint, f"swift-{part + 1}", gather, every_s, every_s * MISSED, every_s * part / PARTS)

    return (
        often("projects", lambda: _projects(places, telling)),
        often("servers", lambda: _servers(listing, places, telling)),
        often("volumes", lambda: _volumes(listing, places, telling)),
        often("copies", lambda: _copies(listing, places)),
        often("network", lambda: _network(listing, places, telling)),
        often("capacity", lambda: _capacity(listing, telling)),
        *(seldom(part) for part in range(PARTS) if swift_clouds),
    )


def of_gateway(
    endpoint: str, admin: Callable[[], Admin], place_of: Callable[[str], tuple[str, str]], rhythm: Rhythm
) -> Collector:
    """All buckets of a Ceph gateway: one call, however many there are."""

    def gather() -> Iterator[Sample]:
        return inventory.buckets(admin().buckets(), place_of)

    return Collector(endpoint, "buckets", gather, rhythm.every_s, rhythm.every_s * MISSED)


def _projects(places: Places, telling: Telling) -> Iterator[Sample]:
    found = places.read()
    theirs = compatible.projects(found, telling.endpoint) if telling.both else iter(())
    return chain(inventory.projects(found, places.owner_of), theirs)


def _servers(listing: Listing, places: Places, telling: Telling) -> Iterator[Sample]:
    cloud_of = places.lookup()
    return telling.told(
        listing.items(lists.SERVERS),
        lambda items: inventory.servers(items, cloud_of),
        lambda: compatible.Servers(telling.endpoint, places.name_of),
    )


def _volumes(listing: Listing, places: Places, telling: Telling) -> Iterator[Sample]:
    cloud_of = places.lookup()
    return telling.told(
        listing.items(lists.VOLUMES),
        lambda items: inventory.volumes(items, cloud_of),
        lambda: compatible.Volumes(telling.endpoint, places.name_of),
    )


def _copies(listing: Listing, places: Places) -> Iterator[Sample]:
    snapshots, backups, cloud_of = listing.items(lists.SNAPSHOTS), listing.items(lists.BACKUPS), places.lookup()
    return chain(
        inventory.sizes(catalogue.SNAPSHOT_SIZE, snapshots, cloud_of, inventory.snapshot_project),
        inventory.sizes(catalogue.BACKUP_SIZE, backups, cloud_of, inventory.backup_project),
    )


def _network(listing: Listing, places: Places, telling: Telling) -> Iterator[Sample]:
    addresses, cloud_of = list(listing.items(lists.FLOATING_IPS)), places.lookup()
    routers, policies = listing.items(lists.ROUTERS), listing.items(lists.QOS_POLICIES)
    theirs = compatible.addresses(len(addresses), telling.endpoint) if telling.both else iter(())
    limits = inventory.bandwidth(addresses, routers, policies, cloud_of)
    return chain(inventory.addresses(addresses, cloud_of), limits, theirs)


def _capacity(listing: Listing, telling: Telling) -> Iterator[Sample]:
    hosts, pools, endpoint = listing.items(lists.HYPERVISORS), listing.items(lists.POOLS), telling.endpoint
    return chain(
        telling.told(hosts, lambda items: inventory.hypervisors(items, endpoint), lambda: compatible.Hosts(endpoint)),
        telling.told(pools, lambda items: inventory.pools(items, endpoint), lambda: compatible.Pools(endpoint)),
    )


def _swift(listing: Listing, places: Places, clouds: frozenset[str], part: int) -> Iterator[Sample]:
    """Containers of a part of the broker's projects, by the slow rhythm: Swift lists one account at a time."""
    for id_, name in places.projects():
        cloud = places.owner_of(name).cloud
        if cloud in clouds and crc32(id_.encode()) % PARTS == part:
            found = listing.get(Service.OBJECT, f"/AUTH_{id_}?format=json")
            yield from inventory.containers(found or (), cloud, id_)
