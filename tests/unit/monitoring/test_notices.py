"""How notices stand, as samples."""

from datetime import UTC, datetime, timedelta

from broker.ledger.deliveries import Tally
from broker.ledger.outbox import Message
from broker.notices.standing import Standing, State
from monitoring import catalogue
from monitoring.family import Family
from monitoring.notices import Outbox, samples

AT = datetime(2026, 6, 1, 9, tzinfo=UTC)


def standing(key: str, state: State, hours: int) -> Standing:
    return Standing(Message(key, "suspension", {}, AT + timedelta(hours=hours)), state, (), ())


def told(outbox: Outbox, family: Family) -> dict[tuple[str, ...], float]:
    return {values: value for found, values, value in samples(outbox) if found is family}


def test_open_notices_are_counted_by_state_with_the_instant_of_the_oldest() -> None:
    outbox = Outbox(
        (standing("a", State.FAILED, 2), standing("b", State.WAITING, 1), standing("c", State.WAITING, 3)), {}
    )
    assert told(outbox, catalogue.NOTICES) == {("waiting",): 2, ("failed",): 1, ("unserved",): 0}
    assert told(outbox, catalogue.NOTICE_OLDEST) == {(): (AT + timedelta(hours=1)).timestamp()}


def test_where_everybody_has_everything_noughts_say_so() -> None:
    assert set(told(Outbox((), {}), catalogue.NOTICES).values()) == {0}
    assert told(Outbox((), {}), catalogue.NOTICE_OLDEST) == {(): 0}


def test_a_channel_tells_what_it_took_still_tries_and_gave_up_and_how_old_the_oldest_is() -> None:
    outbox = Outbox((), {"mail": Tally(2, 7, 1, AT)}, ("mail", "chat"))
    counted = told(outbox, catalogue.NOTICE_DELIVERIES)
    assert {values: value for values, value in counted.items() if value} == {
        ("mail", "queued"): 2,
        ("mail", "delivered"): 7,
        ("mail", "failed"): 1,
    }
    assert {channel for channel, _ in counted} == {"mail", "chat", "by-hand"}
    assert told(outbox, catalogue.NOTICE_DELIVERY_OLDEST) == {("mail",): AT.timestamp()}
