"""Builds what closing a month needs from the deployment's settings: its books, and the sources of use."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from broker import wiring as broker_wiring
from broker.clouds import connect, object_store
from broker.errors import SettingsError
from broker.estate.platform import Platform, platform_of
from broker.plan.stack import cloud_target
from broker.settings import Settings
from monitoring.books import owners
from monitoring.metering.desk import Desk
from monitoring.metering.gather import Sources
from monitoring.metering.policy import in_force, policy_of
from monitoring.places import Owner, Places
from monitoring.utilisation.buckets import GatewayBuckets, SwiftBuckets
from monitoring.utilisation.gnocchi import GnocchiUse
from monitoring.utilisation.names import UseSettings, use_settings
from monitoring.utilisation.prometheus import PrometheusUse
from monitoring.utilisation.source import BucketUse, ServerUse, SourceFailed
from monitoring.wiring import endpoints_of
from stacks.provider.ceph.admin import Admin
from stacks.provider.ceph.naming import gateway_uid
from stacks.provider.operation import ObjectStore
from stacks.spec import CloudTarget


@contextlib.contextmanager
def desk(settings: Settings, as_of: datetime | None, *, ask_stores: bool) -> Iterator[Desk]:
    """Everything that closing a month needs. `ask_stores` False: how full buckets are stays unknown.

    Raises:
        SettingsError: `utilisation.toml` or the policy that it names is wrong.
        RegistryBroken: The registry cannot be read.
        LedgerUnavailable: The database does not answer.
    """
    given = use_settings(settings.utilisation)
    own = policy_of(given.policy) if given.policy else None
    with broker_wiring.accounts(settings, as_of) as books:
        platform = platform_of(books.registry)
        cloud_of = {place: cloud for place, (cloud, _) in platform.clouds.items()}
        known = owners(books.registry, books.clock())
        prometheus = PrometheusUse(given.prometheus, given.series) if given.prometheus else None
        yield Desk(
            registry=books.registry,
            usages=books.usages,
            closed=books.closed,
            keep=books.keep,
            record=books.record,
            sources=Sources(
                servers=_servers(settings, platform, given, prometheus),
                systems=prometheus,
                buckets=tuple(_buckets(settings, platform, known)) if ask_stores else (),
                cloud_of=lambda provider, zone: cloud_of.get((provider, zone), ""),
            ),
            policy=lambda month: in_force(month.start.date(), own),
            clock=books.clock,
            cloud_of=cloud_of,
            simulated=books.simulated,
        )


def _servers(
    settings: Settings, platform: Platform, given: UseSettings, prometheus: PrometheusUse | None
) -> Callable[[str, str], ServerUse | None]:
    gnocchi: dict[tuple[str, str], ServerUse] = {}
    by_profile: dict[str, GnocchiUse] = {}
    for place, (cloud, spec) in platform.clouds.items():
        if spec.profile in given.gnocchi:
            post = partial(_post, settings, cloud_target(cloud, spec))
            gnocchi[place] = by_profile.setdefault(spec.profile, GnocchiUse(post))
    return lambda provider, zone: gnocchi.get((provider, zone), prometheus)


def _post(settings: Settings, target: CloudTarget, path: str, body: Mapping[str, Any]) -> tuple[int, bytes]:
    """Logged in as the broker's account; the endpoint is the catalogue's `metric`."""
    from keystoneauth1.exceptions import ClientException  # noqa: PLC0415 - comes with openstacksdk, see broker.clouds

    connection = connect(settings, target)
    try:
        answer = connection.session.post(
            path,
            json=dict(body),
            endpoint_filter={"service_type": "metric", "interface": "public", "region_name": target.region},
            raise_exc=False,
        )
    except ClientException as error:
        raise SourceFailed(f"asking Gnocchi of {target.id}: {error}") from error
    return answer.status_code, answer.content


def _buckets(settings: Settings, platform: Platform, known: Mapping[str, Owner]) -> Iterator[BucketUse]:
    targets = [cloud_target(cloud, spec) for cloud, spec in platform.clouds.values()]
    projects = {_uid(owner, project): project for project, owner in known.items()}
    for _, target in sorted({target.object_profile: target for target in targets}.items()):
        store = object_store(settings, target)
        if store is not None:
            yield GatewayBuckets(partial(_admin, store), projects)
    for endpoint in endpoints_of(settings, platform, lambda: known):
        if endpoint.swift_clouds:
            accounts = partial(_accounts, endpoint.places, known, endpoint.swift_clouds)
            yield SwiftBuckets(endpoint.listing, accounts)


def _uid(owner: Owner, project: str) -> str:
    return gateway_uid(f"{owner.unit}${owner.system}-{project.rpartition('/')[2]}")


def _admin(store: Callable[[], ObjectStore]) -> Admin:
    try:
        return Admin(store())
    except SettingsError as error:
        raise SettingsError(f"{error}; or close the month without what buckets hold: --no-stores") from error


def _accounts(places: Places, known: Mapping[str, Owner], clouds: frozenset[str]) -> Iterable[tuple[str, str]]:
    for project in places.read():
        owner = known.get(project["name"])
        if owner is not None and owner.cloud in clouds:
            yield project["id"], project["name"]
