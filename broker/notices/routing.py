"""Who gets a message over which channels. Pure: the same message, channels and receipts give the same routes."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from broker.canonical import Json
from broker.ledger.deliveries import Delivery
from broker.notices.channels import BY_HAND, Channels
from broker.notices.directory import OFFICE, Directory


@dataclass(frozen=True, slots=True)
class Route:
    """What is still to be done for a message, and how it stands with those whom it is for."""

    new: Mapping[str, frozenset[str]]
    """Channels that it has to go over and does not yet, with whom it tells there."""
    reached: frozenset[str]
    """Organisations that every channel which was to tell them has told, itself or by the one instead of it."""
    unreachable: frozenset[str]
    """Organisations that no channel serves, or whose channels have all given up."""

    trying: bool
    """Whether some channel still tries."""

    @property
    def finished(self) -> bool:
        """Whether everybody got it and nothing is to be done any more."""
        return not self.new and not self.unreachable and not self.trying


def addressees(topic: str, body: Json) -> tuple[str, ...]:
    """Whom a message is for: organisations by id, roles with `@`."""
    told: dict[str, Any] = body if isinstance(body, dict) else {}
    match topic:
        case "reminder":
            return (str(told["party"]),) if told.get("party") else (f"@{told['role']}",)
        case "escalation":
            return tuple(dict.fromkeys((*addressees("reminder", body), OFFICE)))
        case "provisioned":
            return (str(told["unit"]),)
        case "failed":
            return (OFFICE, str(told["stack"]).rsplit(".", 1)[-1])
        case _:
            return tuple(str(one) for one in told.get("to", ())) or (OFFICE,)


def route(to: Iterable[str], channels: Channels, directory: Directory, known: Iterable[Delivery]) -> Route:
    """What is still to be done for a message that is `known` to stand like this on its channels."""
    rows = {delivery.channel: delivery for delivery in known}
    new: dict[str, set[str]] = {}
    reached: set[str] = set()
    unreachable: set[str] = set()
    for organisation in dict.fromkeys(one for addressee in to for one in directory.holders(addressee)):
        firsts = channels.first(organisation, directory.role_of(organisation))
        lines = [tuple(_line(first, channels, rows)) for first in firsts]
        for line in lines:
            if line and line[-1] not in rows:
                new.setdefault(line[-1], set()).add(organisation)
        ends = [rows.get(line[-1]) for line in lines if line]
        by_hand = BY_HAND in rows and organisation in rows[BY_HAND].addressees
        if by_hand or any(end is not None and end.done_at for end in ends):
            reached.add(organisation)
        elif not lines or all(end is not None and end.failed_at for end in ends):
            unreachable.add(organisation)
    planned = {channel: frozenset(whom) for channel, whom in new.items()}
    trying = any(delivery.open for delivery in rows.values())
    return Route(planned, frozenset(reached), frozenset(unreachable), trying)


def _line(first: str, channels: Channels, rows: Mapping[str, Delivery]) -> Iterator[str]:
    """The channel and those instead of it, as far as each one before has given up."""
    name = first
    while name in channels.by_name:
        yield name
        row = rows.get(name)
        if row is None or not row.failed_at:
            return
        name = channels.by_name[name].instead
