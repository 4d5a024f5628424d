"""The collectors of one OpenStack endpoint and of one gateway: whole lists, side by side, each with its own fate."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain

from monitoring import catalogue, inventory
from monitoring import listing as lists
from monitoring.collector import Collector
from monitoring.family import Sample
from monitoring.listing import Listing
from monitoring.places import Places
from stacks.provider.ceph.admin import Admin
from stacks.provider.scope import Service

MISSED = 3
"""Refreshes that may fail before the data are dropped."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often the clouds are read. `slow_every_s` is for what costs a call per project."""

    every_s: float = 300.0
    slow_every_s: float = 3600.0


def of_openstack(
    endpoint: str, listing: Listing, places: Places, rhythm: Rhythm, swift_clouds: frozenset[str]
) -> tuple[Collector, ...]:
    """Everything that is read of one endpoint. `swift_clouds` are the clouds whose buckets are Swift's."""

    def often(name: str, gather: Callable[[], Iterator[Sample]]) -> Collector:
        return Collector(endpoint, name, gather, rhythm.every_s, rhythm.every_s * MISSED)

    def seldom(name: str, gather: Callable[[], Iterator[Sample]]) -> Collector:
        return Collector(endpoint, name, gather, rhythm.slow_every_s, rhythm.slow_every_s * MISSED)

    return (
        often("projects", lambda: inventory.projects(places.read(), places.owner_of)),
        often("servers", lambda: inventory.servers(listing.items(lists.SERVERS), places.lookup())),
        often("volumes", lambda: inventory.volumes(listing.items(lists.VOLUMES), places.lookup())),
        often("copies", lambda: _copies(listing, places)),
        often("network", lambda: _network(listing, places)),
        often("capacity", lambda: _capacity(listing, endpoint)),
        seldom("swift", lambda: _swift(listing, places, swift_clouds)),
    )


def of_gateway(
    endpoint: str, admin: Callable[[], Admin], place_of: Callable[[str], tuple[str, str]], rhythm: Rhythm
) -> Collector:
    """All buckets of a Ceph gateway: one call, however many there are."""

    def gather() -> Iterator[Sample]:
        return inventory.buckets(admin().buckets(), place_of)

    return Collector(endpoint, "buckets", gather, rhythm.every_s, rhythm.every_s * MISSED)


def _copies(listing: Listing, places: Places) -> Iterator[Sample]:
    snapshots, backups, cloud_of = listing.items(lists.SNAPSHOTS), listing.items(lists.BACKUPS), places.lookup()
    return chain(
        inventory.sizes(catalogue.SNAPSHOT_SIZE, snapshots, cloud_of, inventory.snapshot_project),
        inventory.sizes(catalogue.BACKUP_SIZE, backups, cloud_of, inventory.backup_project),
    )


def _network(listing: Listing, places: Places) -> Iterator[Sample]:
    addresses, cloud_of = list(listing.items(lists.FLOATING_IPS)), places.lookup()
    routers, policies = listing.items(lists.ROUTERS), listing.items(lists.QOS_POLICIES)
    return chain(inventory.addresses(addresses, cloud_of), inventory.bandwidth(addresses, routers, policies, cloud_of))


def _capacity(listing: Listing, endpoint: str) -> Iterator[Sample]:
    return chain(
        inventory.hypervisors(listing.items(lists.HYPERVISORS), endpoint),
        inventory.pools(listing.items(lists.POOLS), endpoint),
    )


def _swift(listing: Listing, places: Places, clouds: frozenset[str]) -> Iterator[Sample]:
    """Containers of the broker's projects: Swift lists one account at a time, so this goes by the slow rhythm."""
    for project in places.read():
        cloud = places.owner_of(project["name"]).cloud
        if cloud in clouds:
            found = listing.get(Service.OBJECT, f"/AUTH_{project['id']}?format=json")
            yield from inventory.containers(found or (), cloud, project["id"])
