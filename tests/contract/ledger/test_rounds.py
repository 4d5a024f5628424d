"""Rounds of admission on the real counters: whatever is killed in between, they are those of the pure book."""

import asyncio
import concurrent.futures
import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.sql import SQL, Identifier

from broker.booking import Behind, Booking, Movement, Taken, WentBack, above, limits
from broker.counters import follow, take
from broker.documents.records import Admitted, Received
from broker.estate.platform import platform_of
from broker.ledger import admissions, claims, rounds
from broker.ledger.connect import Connection
from broker.reconcile import AlwaysBehind, draft, reconcile
from quotas import book
from quotas.account import AccountId, Line, cloud, unit
from quotas.amount import NOTHING, Amount
from quotas.book import Book
from quotas.claim import Claim, ClaimState
from tests.fixtures import demo_district as demo
from tests.fixtures.rounds_office import District, Killed
from tests.unit.broker.decide.rounds import round_of

FIRST, LAST = demo.at("2026-01-05T09:00"), demo.at("2026-11-23T12:00")
STEPS = ("reconcile:claimed", "write:before", "write:after", "reconcile:recorded")
instants = st.integers(0, (LAST - FIRST) // timedelta(hours=1)).map(lambda hours: FIRST + timedelta(hours=hours))
kills = st.one_of(st.just(""), st.sampled_from(STEPS))


def emptied(ledger: Connection) -> District:
    for table in ("claim_line", "claim", "account", "admission", "round"):
        ledger.execute(SQL("delete from ledger.{}").format(Identifier(table)))
    return District(ledger)


def pure_use(district: District, as_of: datetime) -> dict[AccountId, Amount]:
    """The use of every account as the pure book has it, of the holdings that all records give at the instant."""
    registry = district.registry(as_of)
    round_ = round_of(registry, as_of)
    assert round_.outcomes == ()
    pure = Book()
    ceilings = limits(platform_of(registry), as_of)
    for account in sorted(ceilings, reverse=True):
        limited = book.limit(pure, account, above(account), ceilings[account])
        assert isinstance(limited, Book), limited
        pure = limited
    for holding in round_.standing.holdings():
        lines = tuple(Line(AccountId.parse(account), holding.after) for account in holding.accounts)
        claimed = book.claim(pure, Claim(f"{holding.system}/{holding.zone}", holding.system, lines))
        assert isinstance(claimed, Book), claimed
        pure = claimed
    return {account: pure.balance(account).used for account in pure.accounts}


def ledger_use(ledger: Connection) -> dict[AccountId, Amount]:
    assert claims.miscounted(ledger) == ()
    return {account: found.used for account, found in claims.balances(ledger).items()}


def outcomes(district: District) -> list[Admitted]:
    return [record for record in district.records if isinstance(record, Admitted)]


def some(use: dict[AccountId, Amount]) -> dict[AccountId, Amount]:
    return {account: amount for account, amount in use.items() if amount != NOTHING}


async def attempt(district: District, as_of: datetime, dies_at: str = "") -> None:
    try:
        await reconcile(district.office(as_of, dies_at=dies_at))
    except Killed:
        return


def test_after_any_rounds_and_kills_the_counters_are_the_pure_book(ledger: Connection) -> None:
    @settings(max_examples=12, deadline=None)
    @given(rounds=st.lists(st.tuples(instants, kills), min_size=1, max_size=6))
    def same(rounds: list[tuple[datetime, str]]) -> None:
        district = emptied(ledger)
        for as_of, dies_at in sorted(rounds):
            asyncio.run(attempt(district, as_of, dies_at))
        last = max(as_of for as_of, _ in rounds)
        asyncio.run(attempt(district, last))
        assert some(ledger_use(ledger)) == some(pure_use(district, last))
        assert len({record.document for record in outcomes(district)}) == len(outcomes(district))
        assert admissions.unpushed(ledger) == ()
        assert {claim.state for claim in claims.live_claims(ledger).values()} <= {ClaimState.COMMITTED}

    same()


async def test_what_was_claimed_by_a_broker_that_died_is_recorded_as_it_decided(ledger: Connection) -> None:
    district = emptied(ledger)
    await attempt(district, FIRST, "reconcile:claimed")
    assert district.records == []
    kept = [one.document for one in admissions.unpushed(ledger)]
    await reconcile(district.office(FIRST + timedelta(days=1)))
    assert [record.document for record in outcomes(district)] == kept
    assert {record.as_of for record in outcomes(district)} == {FIRST}
    arrived = {r.document: r.at for r in district.records if isinstance(r, Received)}
    assert {arrived[document] for document in kept} == {FIRST}


async def test_claims_of_outcomes_that_a_broker_wrote_before_it_died_are_committed(ledger: Connection) -> None:
    district = emptied(ledger)
    await attempt(district, FIRST, "write:after")
    assert outcomes(district)
    await attempt(district, FIRST)
    assert {claim.state for claim in claims.live_claims(ledger).values()} == {ClaimState.COMMITTED}


async def test_a_broker_that_was_second_decides_again_on_what_the_first_wrote(ledger: Connection) -> None:
    district = emptied(ledger)
    first = district.office(FIRST)
    rounds = iter([1])

    async def other_round() -> None:
        await reconcile(first)

    def other_is_first() -> None:
        if next(rounds, None):
            with concurrent.futures.ThreadPoolExecutor() as pool:
                pool.submit(asyncio.run, other_round()).result()

    second = district.office(FIRST + timedelta(minutes=1), before=other_is_first)
    report = await reconcile(second)
    assert report.draft.admissions == ()
    assert {record.as_of for record in outcomes(district)} == {FIRST}


async def test_a_simulated_round_before_the_last_one_is_refused_before_anything_is_decided(ledger: Connection) -> None:
    district = emptied(ledger)
    await reconcile(district.office(LAST))
    records, claimed = list(district.records), ledger_use(ledger)
    late = (*claims.live_claims(ledger).values(),)
    told = r"at 2026-11-23T11:59:59\+08:00: the last one was held at 2026-11-23T12:00:00\+08:00.*give --as-of"
    with pytest.raises(WentBack, match=told):
        await reconcile(district.office(LAST - timedelta(seconds=1)))
    assert (district.records, ledger_use(ledger), (*claims.live_claims(ledger).values(),)) == (records, claimed, late)
    await reconcile(district.office(LAST))


async def test_what_only_reads_may_look_back(ledger: Connection) -> None:
    district = emptied(ledger)
    await reconcile(district.office(LAST))
    looking = replace(district.office(FIRST), read=lambda _at: district.registry(LAST))
    assert (await draft(looking)).estate.as_of == FIRST


async def test_a_machines_clock_that_is_a_little_behind_holds_its_round(ledger: Connection) -> None:
    district = emptied(ledger)
    await reconcile(district.office(LAST))
    await reconcile(replace(district.office(LAST - timedelta(seconds=1)), simulated=False))
    newest = rounds.newest(ledger)
    assert newest is not None
    assert newest.as_of == LAST


async def test_a_lost_ledger_is_filled_again_from_the_records(ledger: Connection) -> None:
    district = emptied(ledger)
    await reconcile(district.office(LAST))
    before = some(ledger_use(ledger))
    assert before
    lost = emptied(ledger)
    lost.records = district.records
    await reconcile(lost.office(LAST))
    assert some(ledger_use(ledger)) == before
    assert lost.records == district.records


async def test_records_that_were_put_back_to_an_older_state_stop_the_broker(ledger: Connection) -> None:
    district = emptied(ledger)
    await reconcile(district.office(LAST))
    del district.records[-5:]
    with pytest.raises(AlwaysBehind, match="records are written"):
        await reconcile(district.office(LAST))


async def test_a_unit_that_is_over_its_lowered_quota_keeps_what_it_has_and_gets_no_more(ledger: Connection) -> None:
    district = emptied(ledger)
    await reconcile(district.office(LAST))
    education = unit("education", "internet")
    used = ledger_use(ledger)[education]
    live, none = claims.live_claims(ledger), dict.fromkeys(claims.balances(ledger), NOTHING)
    follow(ledger, none, live)
    assert ledger_use(ledger)[education] == used
    assert claims.balances(ledger)[education].ceiling == used
    more = Claim("more", "school", (Line(education, Amount(vcpu=1)),))
    assert isinstance(claims.claim(ledger, more), tuple)


def test_what_finds_no_room_undoes_the_whole_round(ledger: Connection) -> None:
    district = emptied(ledger)
    asyncio.run(attempt(district, LAST, "reconcile:claimed"))
    judged = [Admitted.model_validate_json(json.dumps(one.record)) for one in admissions.unpushed(ledger)][:3]
    emptied(ledger)
    room = {cloud("provider-a", "internet"): Amount(vcpu=3)}
    first, second, third = (
        Movement(
            record, (Claim(f"{name}/internet", name, (Line(cloud("provider-a", "internet"), Amount(vcpu=many)),)),)
        )
        for record, name, many in zip(judged, ("one", "two", "three"), (2, 2, 1), strict=True)
    )
    asked = Booking("head", 0, frozenset(), room, {}, (first, second, third), LAST)
    answer = take(ledger, asked, lambda _last, _head: True, "broker:1", 30)
    assert isinstance(answer, Behind)
    assert answer.why == (
        "two/internet finds no room: cloud:provider-a/internet lacks vcpu=1: "
        "vcpu=2 wanted, vcpu=1 free (one holds vcpu=2)"
    )
    assert (claims.live_claims(ledger), admissions.unpushed(ledger)) == ({}, ())
    fits = Booking("head", 0, frozenset(), room, {}, (first, third), LAST)
    assert isinstance(take(ledger, fits, lambda _last, _head: True, "broker:1", 30), Taken)


def test_a_system_that_moves_twice_in_a_round_ends_as_the_later_document_says(ledger: Connection) -> None:
    district = emptied(ledger)
    asyncio.run(attempt(district, LAST, "reconcile:claimed"))
    judged = [Admitted.model_validate_json(json.dumps(one.record)) for one in admissions.unpushed(ledger)][:4]
    emptied(ledger)
    place = cloud("provider-a", "internet")
    moves = tuple(
        Movement(record, (Claim(f"{name}/internet", name, (Line(place, Amount(vcpu=many)),)),))
        for record, name, many in zip(judged, ("one", "two", "one", "two"), (3, 0, 1, 2), strict=True)
    )
    asked = Booking("head", 0, frozenset(), {place: Amount(vcpu=3)}, {}, moves, LAST)
    assert isinstance(take(ledger, asked, lambda _last, _head: True, "broker:1", 30), Taken)
    assert {id_: one.lines[0].amount.vcpu for id_, one in claims.live_claims(ledger).items()} == {
        "one/internet": 1,
        "two/internet": 2,
    }


def test_an_account_that_no_document_limits_has_no_room(ledger: Connection) -> None:
    district = emptied(ledger)
    asyncio.run(attempt(district, FIRST, "reconcile:claimed"))
    judged = Admitted.model_validate_json(json.dumps(admissions.unpushed(ledger)[0].record))
    emptied(ledger)
    claim = Claim("one/internet", "one", (Line(cloud("nobody", "internet"), Amount(vcpu=1)),))
    asked = Booking("head", 0, frozenset(), {}, {}, (Movement(judged, (claim,)),), FIRST)
    assert isinstance(take(ledger, asked, lambda _last, _head: True, "broker:1", 30), Behind)
