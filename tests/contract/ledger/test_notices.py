"""Notices delivered for real: a ledger, an HTTP service and a mail server on loopback, killed and doubled senders."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest
from psycopg.errors import InsufficientPrivilege

from broker.booking import Booking, Movement, Taken
from broker.counters import take
from broker.documents.records import Admitted, NoticeFailed, NoticeServed
from broker.ledger import admissions, audit, deliveries, embedded, facts, outbox
from broker.ledger.connect import Connection, connect
from broker.ledger.deliveries import Tally
from broker.ledger.outbox import Notice
from broker.notices.by_hand import NoSuchNotice, handed_over, retry
from broker.notices.channels import Channel, Channels
from broker.notices.deliver import Post, deliver
from broker.notices.directory import Directory
from broker.notices.send import Refused, send
from broker.notices.text import Letter, NoWords
from tests.fixtures import receivers
from tests.fixtures.receivers import Mail, Web

T = TypeVar("T")
AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
KNOWN = Directory(
    {"office": "区网信办", "health": "区卫健委", "provider-a": "甲云公司"},
    {"office": "cloud_office", "health": "unit", "provider-a": "provider"},
)
SUSPENDED: dict[str, Any] = {
    "article": "C-6(五)",
    "to": ["health", "provider-a"],
    "systems_zh": ["预约挂号（booking）"],
    "finding": "finding-1",
    "effective_at": "2026-06-01T10:00:00+08:00",
    "reason": "高风险漏洞",
}
NOW = (0.0,)
"""A delivery that failed is due again at once, and given up when it fails again."""


class Killed(Exception):
    """The process died here."""


@pytest.fixture
def web() -> Iterator[Web]:
    with receivers.web() as found:
        yield found


@pytest.fixture
def mail() -> Iterator[Mail]:
    with receivers.mail() as found:
        yield found


def post(dsn: str, *channels: Channel, **more: Any) -> Post:
    def ledger(work: Callable[[Connection], T]) -> T:
        with connect(dsn) as conn:
            return work(conn)

    found = {channel.name: channel for channel in channels}
    given: dict[str, Any] = {"ledger": ledger} | more
    return Post(
        channels=Channels(found), directory=lambda: KNOWN, send=send, clock=lambda: AT, sender="broker:1", **given
    )


def channel(name: str, url: str, *serves: str, instead: str = "") -> Channel:
    return Channel(name, url, frozenset(serves), instead)


def queue(ledger: Connection, *keys: str, **body: Any) -> None:
    outbox.queue(ledger, (Notice(key, "suspension", SUSPENDED | body) for key in keys), "broker:1", AT)


def told(ledger: Connection) -> list[tuple[str, str]]:
    """Action and channel of what the audit log tells of deliveries."""
    entries = [json.loads(entry) for entry in audit.entries(ledger)]
    return [(e["action"], e["body"].get("channel", "")) for e in entries if e["action"] != "notice"]


def records(ledger: Connection) -> list[Any]:
    return [fact.record for fact in facts.waiting(ledger)]


def test_each_party_is_told_over_its_channel_and_the_receipt_is_kept(
    ledger: Connection, ledger_database: str, web: Web, mail: Mail
) -> None:
    queue(ledger, "act-1")
    done = deliver(
        post(ledger_database, channel("health-web", web.url, "health"), channel("providers", mail.url, "provider"))
    )
    assert (done.sent, done.failed, done.unreachable, done.waiting) == (2, (), (), 0)
    (by_web,), (by_mail,) = web.letters, mail.letters
    assert by_web.title == by_mail.title == "暂停运行通知：预约挂号（booking）"
    assert by_web.text.startswith("区卫健委：")
    assert by_mail.text.startswith("甲云公司：")
    assert "根据《津南区政务云管理办法》第六条第（五）项" in by_mail.text
    assert (by_web.key, by_mail.key) == ("act-1#health-web", "act-1#providers")
    assert told(ledger) == [("sent", "health-web"), ("sent", "providers"), ("told", "")]
    assert outbox.waiting(ledger) == ()


def test_what_was_told_is_not_told_again(ledger: Connection, ledger_database: str, web: Web) -> None:
    queue(ledger, "act-1", "act-2")
    desk = post(ledger_database, channel("all", web.url, "unit", "provider"))
    assert deliver(desk).sent == 2
    queue(ledger, "act-1")
    assert deliver(desk).sent == 0
    assert web.keys == ["act-1#all", "act-2#all"]


def test_two_parties_on_one_channel_get_one_letter(ledger: Connection, ledger_database: str, web: Web) -> None:
    queue(ledger, "act-1")
    deliver(post(ledger_database, channel("all", web.url, "unit", "provider")))
    (letter,) = web.letters
    assert letter.text.startswith("区卫健委、甲云公司：")


def test_a_sender_that_dies_before_its_receipt_sends_again_under_the_same_key(
    ledger: Connection, ledger_database: str, web: Web
) -> None:
    def dies(_step: str) -> None:
        raise Killed

    queue(ledger, "act-1")
    desk = post(ledger_database, channel("all", web.url, "unit", "provider"))
    with pytest.raises(Killed):
        deliver(replace(desk, reached=dies))
    assert deliver(desk).sent == 0, "the dead one still has it"
    ledger.execute("update ledger.delivery set due_at = clock_timestamp()")  # its lease is over
    assert deliver(desk).sent == 1
    assert web.keys == ["act-1#all", "act-1#all"], "who gets it twice can tell by the key"


def test_two_senders_at_once_send_each_letter_once(ledger: Connection, ledger_database: str, web: Web) -> None:
    keys = [f"act-{n}" for n in range(12)]
    queue(ledger, *keys)
    together = threading.Barrier(2)

    def slowly(to: Channel, letter: Letter, key: str) -> Refused | None:
        if not web.letters:
            together.wait(30)  # both have taken one before either sends
        return send(to, letter, key)

    desk = replace(post(ledger_database, channel("all", web.url, "unit", "provider")), send=slowly)
    with ThreadPoolExecutor(2) as threads:
        rounds = list(threads.map(deliver, (desk, desk)))
    assert sum(done.sent for done in rounds) == len(keys)
    assert sorted(web.keys) == sorted(f"{key}#all" for key in keys)
    assert outbox.waiting(ledger) == ()


def test_a_channel_that_fails_is_tried_again_later_and_left_alone_meanwhile(
    ledger: Connection, ledger_database: str, web: Web
) -> None:
    web.status = 503
    queue(ledger, "act-1", "act-2")
    done = deliver(post(ledger_database, channel("all", web.url, "unit", "provider")))
    assert (done.sent, done.given_up, done.waiting, len(done.failed)) == (0, 0, 2, 1)
    assert "503" in done.failed[0]
    rows = deliveries.of(ledger, ("act-1", "act-2"))
    assert [row.attempts for row in rows] == [1, 0]
    oldest = min(outbox.get(ledger, key).queued_at for key in ("act-1", "act-2"))
    assert deliveries.counted(ledger) == {"all": Tally(2, 0, 0, oldest)}
    assert told(ledger) == []


def test_what_a_channel_gives_up_goes_over_another_and_stops_the_clock(
    ledger: Connection, ledger_database: str, web: Web, mail: Mail
) -> None:
    web.status = 500
    queue(ledger, "act-1")
    desk = post(
        ledger_database,
        channel("web", web.url, "unit", "provider", instead="mail"),
        channel("mail", mail.url),
        waits_s=NOW,
    )
    assert deliver(desk).given_up == 0
    done = deliver(desk)
    assert (done.given_up, done.sent, done.unreachable) == (1, 1, ())
    assert len(mail.letters) == 1
    failed, served = records(ledger)
    assert NoticeFailed.model_validate_json(json.dumps(failed)).parties == ("health", "provider-a")
    assert NoticeServed.model_validate_json(json.dumps(served)).channel == "mail"
    assert told(ledger) == [("unsent", "web"), ("sent", "mail"), ("told", "")]
    # what was given up and reached everybody all the same waits for nobody
    assert deliveries.counted(ledger) == {"mail": Tally(0, 1, 0, None), "web": Tally(0, 0, 0, None)}
    assert b"127.0.0.1" not in b"".join(audit.entries(ledger)), "the log is published"


def given_up(ledger: Connection, dsn: str, web: Web, **body: Any) -> Post:
    web.status = 500
    queue(ledger, "act-1", **body)
    desk = post(dsn, channel("web", web.url, "unit", "provider", "cloud_office"), waits_s=NOW)
    deliver(desk)
    assert deliver(desk).unreachable == ("act-1",)
    assert deliveries.counted(ledger) == {"web": Tally(0, 0, 1, None)}
    return desk


def test_what_nobody_can_bring_waits_for_a_person_who_hands_it_over(
    ledger: Connection, ledger_database: str, web: Web
) -> None:
    desk = given_up(ledger, ledger_database, web)
    assert deliver(desk).unreachable == ("act-1",), "it is not forgotten"
    handed_over(ledger, "act-1", KNOWN, "clerk", AT, "当面送达，张三签收")
    assert records(ledger)[-1]["how"] == "当面送达，张三签收"
    assert told(ledger)[-2:] == [("sent", "by-hand"), ("told", "")]
    assert outbox.waiting(ledger) == ()
    with pytest.raises(NoSuchNotice, match="act-1"):
        handed_over(ledger, "act-1", KNOWN, "clerk", AT, "again")


def test_what_was_given_up_is_tried_again_when_a_person_asks(
    ledger: Connection, ledger_database: str, web: Web
) -> None:
    desk = given_up(ledger, ledger_database, web)
    web.status = 200
    assert retry(ledger, "act-1", "clerk", AT) == 1
    assert deliver(desk).sent == 1
    assert web.keys == ["act-1#web"]
    with pytest.raises(NoSuchNotice):
        retry(ledger, "act-1", "clerk", AT)


def test_the_message_of_the_clock_of_delivery_starts_no_clock_of_its_own(
    ledger: Connection, ledger_database: str, web: Web
) -> None:
    web.status = 500
    body: dict[str, Any] = {"clock": "notice-delivery", "article": "C-17", "title_zh": "通知送达", "subject": "act-1"}
    body |= {"role": "cloud_office", "party": "office", "last_day": "2026-06-02"}
    outbox.queue(ledger, (Notice("clock:notice-delivery/act-1", "escalation", body),), "broker:1", AT)
    desk = post(ledger_database, channel("web", web.url, "cloud_office"), waits_s=NOW)
    deliver(desk)
    assert deliver(desk).unreachable
    assert records(ledger) == []


def test_a_party_that_no_channel_serves_is_named_and_the_others_are_told(
    ledger: Connection, ledger_database: str, web: Web
) -> None:
    queue(ledger, "act-1")
    desk = post(ledger_database, channel("providers", web.url, "provider"))
    assert deliver(desk).unreachable == ("act-1",)
    assert web.letters[0].text.startswith("甲云公司：")
    later = replace(desk, channels=Channels({**desk.channels.by_name, "units": channel("units", web.url, "unit")}))
    assert deliver(later).sent == 1
    assert web.keys == ["act-1#providers", "act-1#units"]


def test_a_channel_that_the_settings_no_longer_have_gives_way_to_those_that_they_have(
    ledger: Connection, ledger_database: str, web: Web, mail: Mail
) -> None:
    web.status = 500
    queue(ledger, "act-1")
    desk = post(ledger_database, channel("old", web.url, "unit", "provider"), waits_s=NOW)
    deliver(desk)
    done = deliver(post(ledger_database, channel("new", mail.url, "unit", "provider")))
    assert (done.sent, done.failed, len(mail.letters)) == (1, (), 1)
    assert outbox.waiting(ledger) == ()
    assert "notice_failed" not in {record["type"] for record in records(ledger)}, "no channel gave anything up"


def test_a_message_without_words_keeps_no_other_from_being_sent(
    ledger: Connection, ledger_database: str, web: Web, mail: Mail
) -> None:
    outbox.queue(ledger, (Notice("odd", "no-such-topic", {"to": ["health"]}),), "broker:1", AT)
    queue(ledger, "act-1", to=["provider-a"])
    desk = post(ledger_database, channel("units", web.url, "unit"), channel("providers", mail.url, "provider"))
    with pytest.raises(NoWords, match="no-such-topic"):
        deliver(desk)
    assert len(mail.letters) == 1


@pytest.mark.parametrize("scheme", ["json://", "jsons://", "xml://", "form://"])
def test_no_part_of_an_address_is_told_when_it_fails(scheme: str, web: Web) -> None:
    web.status = 500
    url = web.url.replace("json://", scheme).replace("webpassword", "pass%2Fword99") + "?+X-Api=headersecret88"
    refused = send(channel("web", url), Letter("题", "文"), "k")
    assert refused is not None
    assert refused.why
    for secret in ("pass%2Fword99", "pass/word99", "webtoken4711", "headersecret88", "clerk"):
        assert secret not in refused.why
    assert "pass" not in repr(channel("web", url))


def test_an_address_that_nobody_listens_on_and_one_that_is_none_are_said() -> None:
    nobody = send(channel("x", "json://127.0.0.1:1/token12345"), Letter("题", "文"), "k")
    assert nobody is not None
    assert "onnection" in nobody.why
    assert "token12345" not in nobody.why
    assert send(channel("x", "nosuch://x"), Letter("题", "文"), "k") == Refused(
        "its address is none that Apprise can read"
    )


def interruption(outcome_of: str) -> Booking:
    """A round that admits an interruption for harm, with the notice of the same act."""
    admitted = Admitted(
        document=outcome_of,
        id="harm-order",
        commit="0" * 40,
        sequence=1,
        as_of=AT,
        rule_set="sha256:" + "0" * 64,
        admitted=True,
    )
    notice = Notice("act-7:harm", "harm-interruption", SUSPENDED | {"to": ["health"], "act": "act-7"}, "act-7")
    moved = Movement(admitted, (), "clerk", (), (notice,))
    return Booking("1" * 40, 0, frozenset(), {}, {}, (moved,), AT)


def test_an_interruption_fails_where_its_notice_cannot_be_queued_and_only_there(
    ledger: Connection, ledger_owner: Connection
) -> None:
    asked = interruption("sha256:" + "7" * 64)
    ledger_owner.execute(f"revoke insert on ledger.message from {embedded.SERVICE}")
    with pytest.raises(InsufficientPrivilege):
        take(ledger, asked, lambda _last, _head: True, "broker:1", 30)
    assert admissions.unpushed(ledger) == ()
    assert audit.size_of(ledger) == 0
    ledger_owner.execute(f"grant insert on ledger.message to {embedded.SERVICE}")
    assert isinstance(take(ledger, asked, lambda _last, _head: True, "broker:1", 30), Taken)
    (message,) = outbox.waiting(ledger)
    assert message.key == "act-7:harm"
    acts = [(told["action"], told["request"]) for told in map(json.loads, audit.entries(ledger))]
    assert acts == [("admit", "sha256:" + "7" * 64), ("notice", "act-7")]
    assert deliver(post("", channel("down", "json://127.0.0.1:1", "unit"), ledger=on(ledger))).failed
    assert len(admissions.unpushed(ledger)) == 1, "a channel that fails undoes nothing"


def on(conn: Connection) -> Any:
    """All work on one connection."""
    return lambda work: work(conn)
