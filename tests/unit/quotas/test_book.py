from datetime import date

import pytest

from quotas import book
from quotas.account import both_chains, cloud, district, system, unit
from quotas.amount import Amount
from quotas.book import Book
from quotas.claim import Claim, ClaimConflictError, ClaimState
from quotas.shortfall import Shortfall

ZONE = "internet"
TOP, DESK = district("shifan", ZONE), unit("education", ZONE)
SCHOOL, EXAM, POOL = system("school", ZONE), system("exam", ZONE), cloud("provider-a", ZONE)


def limited(start: Book, *arguments: object) -> Book:
    result = book.limit(start, *arguments)  # type: ignore[arg-type]  # the test's own arguments
    assert isinstance(result, Book)
    return result


def opened() -> Book:
    """A district of 100 vCPU, a unit of 24, two elastic systems up to 20, of which `exam` keeps 8."""
    start = limited(limited(Book(), POOL, None, Amount(vcpu=100)), TOP, None, Amount(vcpu=100))
    start = limited(start, DESK, TOP, Amount(vcpu=24))
    return limited(limited(start, SCHOOL, DESK, Amount(vcpu=20)), EXAM, DESK, Amount(vcpu=20), Amount(vcpu=8))


def claim(name: str, vcpu: int, claim_id: str = "c", until: date | None = None) -> Claim:
    return Claim(claim_id, name, both_chains(name, ZONE, "provider-a", Amount(vcpu=vcpu)), until)


def granted(start: Book, wanted: Claim) -> Book:
    result = book.claim(start, wanted)
    assert isinstance(result, Book)
    return result


def refused(start: Book, wanted: Claim) -> tuple[Shortfall, ...]:
    result = book.claim(start, wanted)
    assert not isinstance(result, Book)
    return result


def test_a_claim_is_charged_to_every_account_above() -> None:
    after = granted(opened(), claim("school", 10))
    assert [after.balance(one).used.vcpu for one in (SCHOOL, EXAM, DESK, TOP, POOL)] == [10, 0, 18, 18, 10]


def test_what_is_kept_is_used_without_asking_above() -> None:
    after = granted(opened(), claim("exam", 8))
    assert after.balance(DESK).used == opened().balance(DESK).used == Amount(vcpu=8)


def test_a_refusal_names_every_level_who_holds_it_and_when_some_frees_up() -> None:
    start = granted(opened(), claim("school", 12, "elastic", date(2026, 7, 16)))
    short = refused(start, claim("school", 10, "more"))
    assert [str(one) for one in short] == [
        "system:school/internet lacks vcpu=2: vcpu=10 wanted, vcpu=8 free (school holds vcpu=12 until 2026-07-16)",
        (
            "unit:education/internet lacks vcpu=6: vcpu=10 wanted, vcpu=4 free "
            "(school holds vcpu=12 until 2026-07-16; system:exam/internet holds vcpu=8)"
        ),
    ]
    assert [one.frees_up for one in short] == [date(2026, 7, 16)] * 2


def test_a_refusal_without_an_end_says_so() -> None:
    (short,) = refused(granted(opened(), claim("exam", 20)), claim("exam", 1, "more"))[:1]
    assert short.frees_up is None


def test_a_limit_below_what_is_used_is_refused() -> None:
    start = granted(opened(), claim("school", 10))
    (short,) = book.limit(start, SCHOOL, DESK, Amount(vcpu=4))  # type: ignore[misc]  # refused, hence a tuple
    assert (short.account, short.lacking) == (SCHOOL, Amount(vcpu=6))


def test_keeping_more_than_there_is_above_is_refused() -> None:
    refusal = book.limit(opened(), SCHOOL, DESK, Amount(vcpu=20), Amount(vcpu=17))
    assert not isinstance(refusal, Book)
    assert [(one.account, one.lacking) for one in refusal] == [(DESK, Amount(vcpu=1))]


def test_a_limit_below_an_account_without_one_is_an_error() -> None:
    with pytest.raises(ValueError, match="set that one first"):
        book.limit(Book(), DESK, TOP, Amount())


def test_a_limit_of_nothing_lets_nothing_through() -> None:
    start = limited(opened(), SCHOOL, DESK, Amount())
    assert refused(start, claim("school", 1))[0].account == SCHOOL


def test_a_system_moves_with_its_use_to_another_unit() -> None:
    other = unit("health", ZONE)
    start = limited(granted(opened(), claim("school", 10)), other, TOP, Amount(vcpu=24))
    moved = limited(start, SCHOOL, other, Amount(vcpu=20))
    assert [moved.balance(one).used.vcpu for one in (DESK, other, TOP)] == [8, 10, 18]


@pytest.mark.parametrize(
    ("ends", "then"),
    [
        ((), (book.release,)),
        ((book.commit,), (book.void,)),
        ((book.void,), (book.commit, book.release)),
        ((book.commit, book.release), (book.commit, book.void)),
    ],
)
def test_a_claim_resolves_once(ends: tuple[object, ...], then: tuple[object, ...]) -> None:
    start = granted(opened(), claim("school", 10))
    for end in ends:
        start = end(start, "c")  # type: ignore[operator]  # an operation of the book
    for operation in then:
        with pytest.raises(ClaimConflictError, match="claim c: it is"):
            operation(start, "c")  # type: ignore[operator]  # an operation of the book


@pytest.mark.parametrize("operation", [book.commit, book.void, book.release])
def test_an_unknown_claim_is_an_error(operation: object) -> None:
    with pytest.raises(ClaimConflictError, match="no such claim"):
        operation(opened(), "c")  # type: ignore[operator]  # an operation of the book


def test_an_id_stands_for_one_claim_for_ever() -> None:
    start = granted(opened(), claim("school", 10))
    with pytest.raises(ClaimConflictError, match="new id"):
        book.claim(start, claim("school", 11))
    with pytest.raises(ClaimConflictError, match="it is void"):
        book.claim(book.void(start, "c"), claim("school", 10))


def test_an_ended_claim_still_tells_what_it_held() -> None:
    ended = book.release(book.commit(granted(opened(), claim("school", 10)), "c"), "c").claims["c"]
    assert (ended.state, ended.lines) == (ClaimState.RELEASED, claim("school", 10).lines)
