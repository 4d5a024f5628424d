"""What the outbox says: how notices stand, and what each channel has taken, still tries, and gave up."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from broker.ledger.deliveries import Tally
from broker.notices.channels import BY_HAND
from broker.notices.standing import Standing, State
from monitoring import catalogue
from monitoring.family import Sample

_OPEN = (State.WAITING, State.FAILED, State.UNSERVED)
_NONE = Tally(0, 0, 0, None)


@dataclass(frozen=True, slots=True)
class Outbox:
    """One reading of it. `channels`: names of those that are set up, whether or not anything went over them."""

    open: tuple[Standing, ...]
    by_channel: Mapping[str, Tally]
    channels: tuple[str, ...] = ()


def samples(outbox: Outbox) -> Iterator[Sample]:
    """Everything that the outbox tells; what there is none of is told as nought."""
    counted = Counter(one.state for one in outbox.open)
    for state in _OPEN:
        yield Sample(catalogue.NOTICES, (str(state),), counted[state])
    queued_at = [one.message.queued_at for one in outbox.open]
    yield Sample(catalogue.NOTICE_OLDEST, (), min(queued_at).timestamp() if queued_at else 0)
    # a person is a channel too: so there is one where none is set up
    for channel in sorted({*outbox.channels, *outbox.by_channel, BY_HAND}):
        tally = outbox.by_channel.get(channel, _NONE)
        for became, count in (("queued", tally.queued), ("delivered", tally.delivered), ("failed", tally.failed)):
            yield Sample(catalogue.NOTICE_DELIVERIES, (channel, became), count)
        if tally.oldest is not None:
            yield Sample(catalogue.NOTICE_DELIVERY_OLDEST, (channel,), tally.oldest.timestamp())
