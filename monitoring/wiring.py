"""Builds the exporter of a deployment by hand from its settings; with the broker's wiring the only reader of clocks."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import chain

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from procrastinate.jobs import Status

from broker import wiring
from broker.clock import day_of
from broker.clouds import connect, object_store, spent
from broker.drift import book
from broker.errors import SettingsError
from broker.estate.platform import Platform, platform_of
from broker.ledger import calls, claims, deliveries, months, outbox, stacks, usage
from broker.ledger.queue import APPLY, LOOK
from broker.notices.channels import channels
from broker.notices.directory import directory
from broker.notices.standing import standings
from broker.plan.stack import cloud_target
from broker.registry.filed import Registry
from broker.settings import Settings
from broker.shelf import Pool
from monitoring import books, catalogue, disturbances, metered, notices
from monitoring.books import AppliedStack, Books
from monitoring.clouds import MISSED, Rhythm, of_gateway, of_openstack
from monitoring.collector import Collector
from monitoring.exporter import Exporter
from monitoring.family import Sample
from monitoring.listing import Listing, hush
from monitoring.metering import told
from monitoring.metering.facts import facts_from
from monitoring.places import Owner, Owners, Places
from stacks.provider.ceph.admin import Admin
from stacks.provider.ceph.naming import gateway_uid
from stacks.provider.operation import ObjectStore
from stacks.spec import CloudTarget

VERSION = "0.1.0"
_PATIENCE_S = 30
"""How long a read waits at most while its cloud puts calls off: all collectors of a refresh wait for the slowest,
and what was not read now is read again by its rhythm."""


@contextlib.contextmanager
def exporter(
    settings: Settings, as_of: datetime | None, rhythm: Rhythm, tell: Callable[[str], None], *, compatible: bool = False
) -> Iterator[Exporter]:
    """The exporter of a deployment: its registry, its ledger and every cloud of its platform document.

    `compatible`: the clouds are told by the names of openstack-exporter too.

    Raises:
        RegistryBroken: The registry cannot be read.
        LedgerUnavailable: The database does not answer.
    """
    hush()
    key, clock = wiring.broker_key(settings), wiring.given_clock(as_of)
    registry = wiring.read(settings, key, clock())
    known: dict[str, Owner] = books.owners(registry, clock())
    with wiring.ledger(settings) as pool:

        def read_books() -> Iterator[Sample]:
            found = _books(settings, key, clock(), pool)
            known.update(books.owners(found.registry, found.as_of))
            return chain(books.samples(found), disturbances.samples(found.registry, found.as_of))

        def of_us(name: str, gather: Callable[[], Iterator[Sample]]) -> Collector:
            return Collector("", name, gather, rhythm.every_s, rhythm.every_s * MISSED)

        def read_outbox() -> Iterator[Sample]:
            return notices.samples(_outbox(settings, pool, wiring.read(settings, key, clock())))

        own = (
            of_us("books", read_books),
            of_us("metered", lambda: _metered(pool, clock())),
            of_us("months", partial(_last_month, pool)),
            of_us("notices", read_outbox),
        )
        brief = replace(settings, cloud_patience_s=min(_PATIENCE_S, settings.cloud_patience_s))
        endpoints = endpoints_of(brief, platform_of(registry), lambda: known)
        of_clouds = (
            c for e in endpoints for c in of_openstack(e.name, e.listing, e.places, rhythm, e.swift_clouds, compatible)
        )
        gateways = _gateways(brief, platform_of(registry), endpoints, lambda: known, rhythm)
        listings = {endpoint.name: endpoint.listing for endpoint in endpoints}
        yield Exporter((*own, *of_clouds, *gateways), lambda: _own(listings), time.time, tell)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One Keystone and region with its lists; the clouds of the platform that share it have one name together."""

    name: str
    listing: Listing
    places: Places
    swift_clouds: frozenset[str]


def endpoints_of(settings: Settings, platform: Platform, owners: Callable[[], Owners]) -> tuple[Endpoint, ...]:
    """One for each Keystone and region, however many clouds of the platform share it."""
    found: dict[tuple[str, str], list[CloudTarget]] = {}
    for cloud, spec in sorted(platform.clouds.values(), key=lambda each: each[0]):
        target = cloud_target(cloud, spec)
        found.setdefault(_address(settings, target), []).append(target)
    return tuple(_endpoint(settings, targets, owners) for targets in found.values())


def _address(settings: Settings, target: CloudTarget) -> tuple[str, str]:
    """Where the cloud is. One that has no login stands alone: its collectors will say what is missing."""
    try:
        config = connect(settings, target).config
    except SettingsError:
        return "", target.profile
    return config.get_auth_args()["auth_url"], config.region_name


def _endpoint(settings: Settings, targets: list[CloudTarget], owners: Callable[[], Owners]) -> Endpoint:
    listing = Listing(lambda: connect(settings, targets[0]))
    name = "+".join(sorted({target.profile for target in targets}))
    swift = frozenset(target.id for target in targets if object_store(settings, target) is None)
    return Endpoint(name, listing, Places(listing, owners), swift)


def _gateways(
    settings: Settings,
    platform: Platform,
    endpoints: tuple[Endpoint, ...],
    owners: Callable[[], Owners],
    rhythm: Rhythm,
) -> Iterator[Collector]:
    """One for each profile of a gateway. The owner of a bucket is named by unit, system and zone, as its project is."""
    by_profile = {
        target.object_profile: target
        for cloud, spec in platform.clouds.values()
        for target in [cloud_target(cloud, spec)]
    }
    for profile, target in sorted(by_profile.items()):
        store = object_store(settings, target)
        if store is not None:
            yield of_gateway(profile, partial(_admin, store), partial(_place_of, endpoints, owners), rhythm)


def _admin(store: Callable[[], ObjectStore]) -> Admin:
    return Admin(store())


def _place_of(endpoints: tuple[Endpoint, ...], owners: Callable[[], Owners], owner_uid: str) -> tuple[str, str]:
    for name, owner in owners().items():
        zone = name.rpartition("/")[2]
        if gateway_uid(f"{owner.unit}${owner.system}-{zone}") == owner_uid:
            ids = (endpoint.places.id_of(name) for endpoint in endpoints)
            return owner.cloud, next((found for found in ids if found), "")
    return "", ""


def _books(settings: Settings, key: Ed25519PrivateKey, as_of: datetime, pool: Pool) -> Books:
    with pool.connection() as conn:
        known, drifts = stacks.seen(conn), book.standings(conn)
        with spent() as own:  # the exporter's own calls count as everybody's do
            calls.add(conn, own)
        called = calls.all_calls(conn)
        accounts, held = claims.balances(conn), claims.all_claims(conn)
        counted = conn.execute("select queue_name, status::text, count(*) as n from procrastinate_jobs group by 1, 2")
        jobs = {(row["queue_name"], row["status"]): row["n"] for row in counted}
    # a queue in which nothing is has noughts, so that a panel of it is never empty
    jobs = {(name, str(status.value)): 0 for name in (APPLY, LOOK) for status in Status} | jobs
    applied = {
        stack: AppliedStack(one.spec_digest, one.clean, one.applied_at.timestamp() if one.applied_at else None)
        for stack, one in known.items()
    }
    return Books(
        wiring.read(settings, key, as_of), as_of, accounts.values(), held.values(), applied, jobs, drifts, called
    )


def _outbox(settings: Settings, pool: Pool, registry: Registry) -> notices.Outbox:
    """The outbox, as it is delivered from: what was queued before the channels' first day is nobody's to send."""
    known, directory_ = channels(settings.notices), directory(registry)
    with pool.connection() as conn:
        waiting = [m for m in outbox.waiting(conn) if known.since is None or day_of(m.queued_at) >= known.since]
        rows, tallies = deliveries.of(conn, (message.key for message in waiting)), deliveries.counted(conn)
    return notices.Outbox(standings(waiting, rows, known, directory_), tallies, tuple(known.by_name))


def _metered(pool: Pool, as_of: datetime) -> Iterator[Sample]:
    with pool.connection() as conn:
        return metered.samples(usage.totals(conn, usage.settled(conn, as_of - metered.SETTLED_AFTER)))


def _last_month(pool: Pool) -> Iterator[Sample]:
    """Of the newest of the closed months; of none where none was closed yet."""
    with pool.connection() as conn:
        newest = max(months.digests(conn), default="")
        kept = months.closed(conn, newest) if newest else None
    return told.samples(facts_from(kept.facts)) if kept else iter(())


def _own(listings: dict[str, Listing]) -> Iterator[Sample]:
    yield Sample(catalogue.BUILD_INFO, (VERSION,), 1)
    for cloud, listing in listings.items():
        yield Sample(catalogue.API_REQUESTS, (cloud, "list"), listing.calls - listing.calls_per_project)
        yield Sample(catalogue.API_REQUESTS, (cloud, "project"), listing.calls_per_project)
        yield Sample(catalogue.API_REQUEST_SECONDS, (cloud,), listing.seconds)
        yield Sample(catalogue.TOKENS_ISSUED, (cloud,), listing.tokens)
