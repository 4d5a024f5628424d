"""Drift: what the clouds have beside what the state says, by lists, without running the engine."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from stacks.provider.assembly import types_by_token
from stacks.provider.attachment import VolumeAttachment
from stacks.provider.ceph import Gateway
from stacks.provider.cloud import Cloud
from stacks.provider.cloud_error import CloudError
from stacks.provider.difference import changes
from stacks.provider.first_boot import digest_of, first_boots
from stacks.provider.index import FLOATING_IP, NETWORK, PORT, ROUTER, SECURITY_GROUP, SERVER, VOLUME, Kind
from stacks.provider.project import Project
from stacks.provider.resource_type import Refused, ResourceType
from stacks.provider.scope import OF_EVERY_PROJECT
from stacks.provider.server import Server
from stacks.provider.session import Item
from stacks.provider.urn import key_for, parse
from stacks.provider.values import plain
from stacks.provider.volume import Volume

_COUNTED: Final = (SERVER, VOLUME, FLOATING_IP, PORT, NETWORK, ROUTER, SECURITY_GROUP)
"""Kinds of which a project holds nothing but what a document describes."""
_WITH_THE_PROJECTS_TOKEN: Final = (Server, Volume, VolumeAttachment)
_DEFAULT_GROUP: Final = "default"
_OF_SERVERS: Final = "compute:"
_SEALED: Final = "ciphertext"
_SHUT_OUT: Final = "the broker's own account has no role in the project any more"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A resource as the state has it."""

    urn: str
    id: str
    inputs: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """One resource that is not as the state says. `inputs` are those that differ, as (state, cloud); empty: gone."""

    urn: str
    id: str
    gone: bool
    inputs: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Unanswered:
    """One resource of which the cloud told nothing, and why; empty `urn`: what there is beside the resources."""

    urn: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unexplained:
    """Something in the project that the state does not know."""

    kind: str
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Drift:
    """What came out of asking: nothing in any of the first three is a stack as its state says."""

    differences: tuple[Difference, ...]
    unanswered: tuple[Unanswered, ...]
    unexplained: tuple[Unexplained, ...]
    hidden: tuple[str, ...] = ()
    """URNs of servers whose first-boot configuration the cloud shows to no account like the broker's: not compared."""
    unchanged: frozenset[str] = frozenset()
    """Ids of servers of which Nova said that it has not changed them: there, and compared by their name alone."""
    servers_at_s: float | None = field(default=None, compare=False)
    """By the cloud's clock (s since 1970), as of when servers were compared; None: they could not be listed."""


async def drift(
    cloud: Cloud, gateway: Gateway, resources: Sequence[Recorded], servers_since_s: float | None = None
) -> Drift:
    """What differs, in the order of the resources. All reads go out together, so each kind is listed once.

    A cloud that does not answer is told by what stays unanswered, and is no error. `servers_since_s`: an instant of
    the cloud's clock at which all servers were as the state says; those that Nova has not changed since are taken to
    be so still.
    """
    cloud.index.servers_since_s = servers_since_s
    types = types_by_token(cloud, gateway)
    known = [(types.get(parse(kept.urn).token), kept) for kept in resources]
    booted = frozenset(str(plain(kept.inputs)["project_id"]) for kept in resources if _user_data(kept))
    cloud.index.servers_by_broker = booted
    found, boots = await asyncio.gather(
        asyncio.gather(*(_compare(cloud, type_, kept) for type_, kept in known)), _boots(cloud, sorted(booted))
    )
    beside = await _beside(cloud, resources)
    there = [kept for kept, one in zip(resources, found, strict=True) if not _is_out_of_sight(one)]
    unchanged = cloud.index.unchanged_servers
    shown = boots.told.keys() | unchanged
    hidden = tuple(kept.urn for kept in there if _user_data(kept) and not boots.silence and kept.id not in shown)
    with_boots = (_with_boot(kept, one, boots) for kept, one in zip(resources, found, strict=True))
    told = (*with_boots, *beside)
    return Drift(
        tuple(one for one in told if isinstance(one, Difference)),
        tuple(one for one in told if isinstance(one, Unanswered)),
        tuple(one for one in told if isinstance(one, Unexplained)),
        hidden,
        frozenset(kept.id for kept in there) & unchanged,
        cloud.index.servers_at_s,
    )


_Found: TypeAlias = Difference | Unanswered | None


def _is_out_of_sight(one: _Found) -> bool:
    """Whether the cloud has no such resource, or did not tell of it."""
    return isinstance(one, Unanswered) or (one is not None and one.gone)


def _user_data(kept: Recorded) -> str | None:
    """The first-boot configuration of a server that has one, as the state has it."""
    value = plain(kept.inputs).get("user_data") if parse(kept.urn).token == Server.token else None
    return value if isinstance(value, str) else None


@dataclass(frozen=True, slots=True)
class _Boots:
    """What the cloud told of first-boot configurations: digests by server, as `first_boots`."""

    told: Mapping[str, str | None]
    silence: str = ""
    """Why it told nothing."""


async def _boots(cloud: Cloud, projects: Iterable[str]) -> _Boots:
    """What the clouds tell of first-boot configurations of these projects' servers."""
    try:
        found = await asyncio.gather(*(cloud.index.current(SERVER, project) for project in projects))
    except CloudError as error:
        return _Boots({}, str(error))
    return _Boots(first_boots(item for servers in found for item in servers.values()))


def _with_boot(kept: Recorded, one: _Found, boots: _Boots) -> _Found:
    """The same, and that the server was made with another first-boot configuration, or that nobody knows."""
    wanted = _user_data(kept)
    if wanted is None or _is_out_of_sight(one):
        return one
    if boots.silence:
        return one or Unanswered(kept.urn, boots.silence)
    if kept.id not in boots.told or boots.told[kept.id] == digest_of(wanted):
        return one
    inputs = one.inputs if isinstance(one, Difference) else {}
    pair = (digest_of(wanted), boots.told[kept.id])
    return Difference(kept.urn, kept.id, gone=False, inputs={**inputs, "user_data": pair})


async def _compare(cloud: Cloud, type_: ResourceType | None, kept: Recorded) -> Difference | Unanswered | None:
    if type_ is None:
        return Unanswered(kept.urn, f"no cloud is asked about {parse(kept.urn).token}")
    inputs = plain(kept.inputs)
    try:
        found = await type_.read(kept.id, key_for(kept.urn, type_, inputs), inputs)
    except (CloudError, Refused) as error:
        return Unanswered(kept.urn, str(error))
    if found is None and isinstance(type_, _WITH_THE_PROJECTS_TOKEN) and inputs["project_id"] in cloud.index.closed:
        return Unanswered(kept.urn, _SHUT_OUT)
    if found is None:
        return Difference(kept.urn, kept.id, gone=True, inputs={})
    shown = plain(found.inputs)
    different = {
        name: (inputs.get(name), shown.get(name))
        for name in changes(type_, inputs, shown)
        if not _is_sealed(inputs.get(name))
    }
    return Difference(kept.urn, kept.id, gone=False, inputs=different) if different else None


def _is_sealed(value: Any) -> bool:
    """Whether the state keeps the value sealed: it cannot be compared, and is shown to nobody."""
    return isinstance(value, Mapping) and _SEALED in value


async def _beside(cloud: Cloud, resources: Sequence[Recorded]) -> Sequence[Unexplained | Unanswered]:
    """What the stack's project holds that the state does not know; lists that were read already are not asked again."""
    ids = {kept.id for kept in resources}
    projects = {kept.id for kept in resources if parse(kept.urn).token == Project.token}
    wanted = [(kind, project) for project in sorted(projects) for kind in _COUNTED]
    lists = await asyncio.gather(*(_listed(cloud, kind, project) for kind, project in wanted))
    found: list[Unexplained | Unanswered] = []
    for (kind, _), listed in zip(wanted, lists, strict=True):
        if not isinstance(listed, Unanswered):
            found += _unexplained(kind, listed, ids)
        elif listed not in found:  # several kinds may be silent for one reason
            found.append(listed)
    return found


async def _listed(cloud: Cloud, kind: Kind, project_id: str) -> Sequence[Item] | Unanswered:
    try:
        listed = await cloud.index.latest(kind, project_id)
    except CloudError as error:
        return Unanswered("", str(error))
    # the index lists what it may not see as empty, which for a run is right and here would end what is known
    shut_out = kind.service not in OF_EVERY_PROJECT and project_id in cloud.index.closed
    return Unanswered("", _SHUT_OUT) if shut_out else listed


def _unexplained(kind: Kind, items: Sequence[Item], ids: set[str]) -> Iterator[Unexplained]:
    for item in items:
        if item["id"] not in ids and not _is_the_clouds(kind, item):
            name = item.get("name") or item.get("floating_ip_address") or ""
            yield Unexplained(kind.name, str(item["id"]), str(name))


def _is_the_clouds(kind: Kind, item: Item) -> bool:
    """Whether the cloud makes such things by itself: ports of routers and DHCP, the group that each project has."""
    if kind is PORT:
        owner = str(item.get("device_owner") or "")
        return bool(owner) and not owner.startswith(_OF_SERVERS)
    return kind is SECURITY_GROUP and item.get("name") == _DEFAULT_GROUP
