"""Drift: what the cloud has beside what the state says, by lists, without running the engine."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stacks.provider.assembly import openstack_types
from stacks.provider.cloud import Cloud
from stacks.provider.difference import changes
from stacks.provider.resource_type import ResourceType
from stacks.provider.urn import key_for, parse
from stacks.provider.values import plain


@dataclass(frozen=True, slots=True)
class Kept:
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


async def drift(cloud: Cloud, resources: Sequence[Kept]) -> list[Difference]:
    """Every difference, in the order of the resources. All reads go out together, so each kind is listed once."""
    types = {each.token: each for each in openstack_types(cloud)}
    known = [(types[token], kept) for kept in resources if (token := parse(kept.urn).token) in types]
    found = await asyncio.gather(*(_compare(type_, kept) for type_, kept in known))
    return [difference for difference in found if difference is not None]


async def _compare(type_: ResourceType, kept: Kept) -> Difference | None:
    inputs = plain(kept.inputs)
    found = await type_.read(kept.id, key_for(kept.urn, type_, inputs), inputs)
    if found is None:
        return Difference(kept.urn, kept.id, gone=True, inputs={})
    shown = plain(found.inputs)
    different = {name: (inputs.get(name), shown.get(name)) for name in changes(type_, inputs, shown)}
    return Difference(kept.urn, kept.id, gone=False, inputs=different) if different else None
