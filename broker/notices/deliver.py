"""One round of delivery: every open message gets its channels, what is due is sent, what fails is tried elsewhere.

At least once: a broker that dies between sending and its receipt sends again, under the same key. No two at once: who
takes a delivery has it alone for longer than sending may take.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

from broker.canonical import Json
from broker.clock import Clock, day_of
from broker.documents.records import NoticeFailed, NoticeServed, written
from broker.ledger import deliveries, outbox
from broker.ledger.connect import Connection
from broker.ledger.deliveries import Delivery, Told
from broker.ledger.outbox import Message
from broker.notices.channels import Channels
from broker.notices.directory import Directory
from broker.notices.routing import Route, addressees, route
from broker.notices.send import SEND_S, Send
from broker.notices.text import NoWords, letter

T = TypeVar("T")
WAITS_S: Final = (60.0, 300.0, 900.0, 3600.0)
"""After how long a delivery that failed is tried again; after the last one it is given up."""
LEASE_S: Final = 4.0 * SEND_S
LATE: Final = "notice-delivery"
"""The clock that a failed delivery starts. Its own messages start none: nobody would be told of anything else."""


@dataclass(frozen=True, slots=True)
class Post:
    """What delivering needs of the world; made by wiring."""

    ledger: Callable[[Callable[[Connection], T]], T]
    channels: Channels
    directory: Callable[[], Directory]
    send: Send
    clock: Clock
    sender: str
    waits_s: tuple[float, ...] = WAITS_S
    reached: Callable[[str], None] = lambda _step: None
    """Named steps; in production none does anything."""


@dataclass(frozen=True, slots=True)
class Round:
    """What a round did, and how it left what is still open."""

    sent: int = 0
    failed: tuple[str, ...] = ()
    """Deliveries that did not succeed now: `channel: why`, each channel once."""
    given_up: int = 0
    unreachable: tuple[str, ...] = ()
    """Keys of messages that nobody or not everybody can be told of over any channel."""
    waiting: int = 0
    """Messages that wait for their next try."""


@dataclass(slots=True)
class _Tally:
    sent: int = 0
    given_up: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    wordless: NoWords | None = None


def deliver(post: Post) -> Round:
    """Nothing is left that could be done now. Safe to repeat, to kill, and to run twice at once.

    Raises:
        LedgerUnavailable: The ledger does not answer.
        NoWords: A message cannot be put into words; the others were sent.
    """
    still_open = len(post.ledger(_open(post)))
    if not still_open or not post.channels.by_name:
        return Round(waiting=still_open)
    known, tally = post.directory(), _Tally()
    # 1. Each open message gets a row for every channel that it has to go over; those that everybody got are finished.
    routes = _planned(post, known)
    # 2. What is due is sent. 3. What was given up goes over the channel that stands in.
    while _drained(post, known, tally):
        routes = _planned(post, known)
    if tally.wordless is not None:
        raise tally.wordless
    return Round(
        sent=tally.sent,
        failed=tuple(f"{channel}: {why}" for channel, why in tally.failed.items()),
        given_up=tally.given_up,
        unreachable=tuple(sorted(key for key, found in routes.items() if found.unreachable)),
        waiting=sum(found.trying for found in routes.values()),
    )


def _drained(post: Post, known: Directory, tally: _Tally) -> int:
    """How many deliveries were tried; none is due any more. A channel that failed once is left alone in this round."""
    tried = 0
    while (one := post.ledger(lambda conn: deliveries.take(conn, LEASE_S, tuple(tally.failed)))) is not None:
        tried += 1
        try:
            _try(post, one, known, tally)
        except NoWords as error:
            tally.wordless = error
    return tried


def _open(post: Post) -> Callable[[Connection], tuple[Message, ...]]:
    """Messages that somebody has not got and that are not too old to be sent."""

    def asked(conn: Connection) -> tuple[Message, ...]:
        since = post.channels.since
        return tuple(m for m in outbox.waiting(conn) if since is None or day_of(m.queued_at) >= since)

    return asked


def _planned(post: Post, known: Directory) -> dict[str, Route]:
    return post.ledger(lambda conn: dict(_plan(conn, post, known)))


def _plan(conn: Connection, post: Post, known: Directory) -> Iterator[tuple[str, Route]]:
    messages = _open(post)(conn)
    rows: dict[str, list[Delivery]] = {}
    for delivery in deliveries.of(conn, (message.key for message in messages)):
        rows.setdefault(delivery.message, []).append(delivery)
    for message in messages:
        found = route(addressees(message.topic, message.body), post.channels, known, rows.get(message.key, ()))
        for channel, whom in found.new.items():
            deliveries.plan(conn, message.key, channel, whom)
        if found.finished:
            deliveries.finish(conn, _told(post, message))
        else:
            yield message.key, found


def _try(post: Post, one: Delivery, known: Directory, tally: _Tally) -> None:
    message = post.ledger(lambda conn: outbox.get(conn, one.message))
    written = letter(message.key, message.topic, message.body, tuple(one.addressees), known)
    told, channel = _told(post, message), post.channels.by_name.get(one.channel)
    if channel is None:  # whoever was to be told over it is told over what the settings name now
        post.ledger(lambda conn: deliveries.fail(conn, one, "the settings have no such channel any more", told))
        return
    refused = post.send(channel, written, one.message)
    if refused is None:
        post.reached("notice:sent")
        served = _served(post, message, one)
        post.ledger(lambda conn: deliveries.delivered(conn, one, told, served))
        tally.sent += 1
        return
    tally.failed[one.channel] = refused.why
    if one.attempts <= len(post.waits_s):
        wait_s = post.waits_s[one.attempts - 1]
        post.ledger(lambda conn: deliveries.postpone(conn, one, refused.why, wait_s))
        return
    lost = _lost(message, one, told.at)
    tally.given_up += post.ledger(lambda conn: deliveries.fail(conn, one, refused.why, told, lost))


def _told(post: Post, message: Message) -> Told:
    return Told(message.key, message.topic, post.sender, post.clock())


def _lost(message: Message, one: Delivery, at: datetime) -> tuple[Json, ...]:
    """The record that starts the clock of a notice that a channel gave up."""
    if message.key.startswith(f"clock:{LATE}/"):
        return ()
    parties = tuple(one.addressees)
    record = NoticeFailed(notice=message.key, topic=message.topic, channel=one.channel, parties=parties, at=at)
    return (written(record),)


def _served(post: Post, message: Message, one: Delivery) -> tuple[Json, ...]:
    """The record that stops the clock, where another channel had given the notice up for one of these."""
    rows = post.ledger(lambda conn: deliveries.of(conn, (message.key,)))
    late = any(row.failed_at and set(row.addressees) & set(one.addressees) for row in rows)
    return (served(message.key, one.channel, post.clock()),) if late else ()


def served(key: str, channel: str, at: datetime, how: str = "") -> Json:
    """The record that a notice reached its parties after all."""
    return written(NoticeServed(notice=key, channel=channel, at=at, how=how or None))
