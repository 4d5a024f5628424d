"""One look at the registry: what was merged is judged and recorded, and a job is asked for each stack that changes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from broker.clock import SHANGHAI
from broker.daemon.moment import next_moment
from broker.reconcile import Draft, Office, decide

Ask = Callable[[str], Awaitable[bool]]
"""Whether a job for the stack waits because of this call; False: one waited already."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look found and asked for."""

    head: str
    as_of: datetime
    away: str
    """Why the git host could not be asked; empty = it answered, or the registry lies here."""
    admitted: tuple[str, ...]
    not_admitted: tuple[str, ...]
    asked: tuple[str, ...]
    """Stacks for which a job waits because of this look; several merges before it cost one job."""
    waiting: tuple[str, ...]
    """Stacks for which a job waited already."""
    held: tuple[str, ...]
    next_at: datetime | None

    @property
    def told(self) -> str:
        """One line."""
        counts = (
            (len(self.admitted), "admitted"),
            (len(self.not_admitted), f"not admitted ({', '.join(self.not_admitted)})"),
            (len(self.asked), f"stacks asked for ({', '.join(self.asked)})"),
            (len(self.waiting), "waiting already"),
            (len(self.held), f"held up ({', '.join(self.held)})"),
        )
        done = ", ".join(f"{count} {what}" for count, what in counts if count) or "nothing to do"
        until = f"{self.next_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if self.next_at else "none"
        return f"registry {self.head[:12]}: {done}; next change by date: {until}"


async def look(office: Office, ask: Ask) -> Looked:
    """What was found, with every outcome recorded and every job asked for. Safe to repeat and to kill at any point.

    Raises:
        BrokerError: As `decide`; nothing was asked for.
    """
    to_do = await decide(office)
    asked = {target.stack: await ask(target.stack) for target in to_do.plan.changed}
    return _looked(to_do, asked, office.clock())


def _looked(to_do: Draft, asked: dict[str, bool], now: datetime) -> Looked:
    outcomes = to_do.admissions
    return Looked(
        head=to_do.registry.head,
        as_of=now,
        away=to_do.away,
        admitted=tuple(o.decision.filed.id for o in outcomes if o.admitted.admitted),
        not_admitted=tuple(o.decision.filed.id for o in outcomes if not o.admitted.admitted),
        asked=tuple(stack for stack, new in asked.items() if new),
        waiting=tuple(stack for stack, new in asked.items() if not new),
        held=tuple(sorted(to_do.held)),
        next_at=next_moment(to_do, now),
    )
