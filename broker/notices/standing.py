"""How notices stand, for people: which wait, which nobody can bring, which everybody has. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from broker.ledger.deliveries import Delivery
from broker.ledger.outbox import Message
from broker.notices.channels import Channels
from broker.notices.directory import Directory
from broker.notices.routing import addressees, route


class State(StrEnum):
    """How a notice stands."""

    WAITING = "waiting"
    FAILED = "failed"
    """Its channels gave up for somebody: a person has to act."""
    UNSERVED = "unserved"
    """No channel serves somebody whom it is for."""
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True)
class Standing:
    """One notice. `lacking`: names of those who have not got it and whom no channel reaches."""

    message: Message
    state: State
    lacking: tuple[str, ...]
    rows: tuple[Delivery, ...]


def standings(
    messages: Iterable[Message], rows: Iterable[Delivery], channels: Channels, known: Directory
) -> tuple[Standing, ...]:
    """How these open notices stand."""
    by_key: dict[str, list[Delivery]] = {}
    for row in rows:
        by_key.setdefault(row.message, []).append(row)
    return tuple(_standing(message, tuple(by_key.get(message.key, ())), channels, known) for message in messages)


def _standing(message: Message, rows: tuple[Delivery, ...], channels: Channels, known: Directory) -> Standing:
    found = route(addressees(message.topic, message.body), channels, known, rows)
    lacking = tuple(sorted(known.name_of(one) for one in found.unreachable))
    if not lacking:
        return Standing(message, State.WAITING, (), rows)
    gave_up = any(row.failed_at for row in rows)
    return Standing(message, State.FAILED if gave_up else State.UNSERVED, lacking, rows)


def strangers(channels: Channels, known: Directory, roles: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """By channel, whom it serves that is neither a role nor an organisation of the registry: misspelt, or gone."""
    every = {*roles, *known.names}
    found = {name: tuple(sorted(channel.serves - every)) for name, channel in channels.by_name.items()}
    return {name: whom for name, whom in found.items() if whom}
