"""Who may open a unit's hand-over package: the keys that the registry has for receiving, at an instant."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from broker.clock import day_of
from broker.documents.organisations import KeySpec, PersonSpec
from broker.registry.filed import Registry


@dataclass(frozen=True, slots=True)
class Recipient:
    """One registered key: the id of its document, and the key as age takes it."""

    key: str
    public_key: str


def recipients(registry: Registry, unit: str, at: datetime) -> tuple[Recipient, ...]:
    """The keys for receiving of the people who act for the unit and hold its role on that day, sorted by id."""
    people = {registry.first(filed.id): filed.spec for filed in registry.in_force(PersonSpec)}
    found = (
        Recipient(filed.id, filed.spec.public_key)
        for filed in registry.in_force(KeySpec)
        if filed.spec.purpose == "receive"
        and _valid(filed.spec, at)
        and any(_acts_for(person, registry.first(unit), at) for person in _named(people, registry, filed.spec.person))
    )
    return tuple(sorted(found, key=lambda recipient: recipient.key))


def _named(people: dict[str, PersonSpec], registry: Registry, name: str) -> Iterator[PersonSpec]:
    person = people.get(registry.first(name))
    if person is not None:
        yield person


def _valid(key: KeySpec, at: datetime) -> bool:
    return key.valid_from <= at and (key.valid_until is None or at < key.valid_until)


def _acts_for(person: PersonSpec, unit: str, at: datetime) -> bool:
    day = day_of(at)
    return person.organisation == unit and any(
        held.role == "unit" and held.valid_from <= day and (held.valid_until is None or day <= held.valid_until)
        for held in person.roles
    )
