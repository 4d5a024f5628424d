"""The book of limits and claims: what is granted, what is used, and whether more can be claimed.

Every operation gives back a new book, or the shortfalls that forbid it; a book is never changed. The ledger's database
functions obey the same laws and run the same tests.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import cast

from quotas.account import Account, AccountId, Level, Line, merged
from quotas.amount import NOTHING, Amount
from quotas.claim import Claim, ClaimConflictError, ClaimState
from quotas.shortfall import Holder, Refusal, Shortfall, in_order


@dataclass(frozen=True, slots=True)
class Book:
    """Accounts and claims. At every moment `used <= ceiling` on every account.

    >>> from quotas.account import both_chains, cloud, district, system, unit
    >>> book = Book()
    >>> book = limit(book, cloud("provider-a", "internet"), None, Amount(vcpu=144))
    >>> book = limit(book, district("shifan", "internet"), None, Amount(vcpu=256))
    >>> book = limit(book, unit("education", "internet"), district("shifan", "internet"), Amount(vcpu=24))
    >>> book = limit(book, system("school", "internet"), unit("education", "internet"), Amount(vcpu=24))
    >>> book = claim(book, Claim("RY-1", "school", both_chains("school", "internet", "provider-a", Amount(vcpu=20))))
    >>> refusal = claim(book, Claim("RY-2", "school", both_chains("school", "internet", "provider-a", Amount(vcpu=6))))
    >>> for shortfall in refusal:
    ...     print(shortfall)
    system:school/internet lacks vcpu=2: vcpu=6 wanted, vcpu=4 free (school holds vcpu=20)
    unit:education/internet lacks vcpu=2: vcpu=6 wanted, vcpu=4 free (school holds vcpu=20)
    """

    accounts: Mapping[AccountId, Account] = field(default_factory=lambda: MappingProxyType({}))
    claims: Mapping[str, Claim] = field(default_factory=lambda: MappingProxyType({}))

    def balance(self, account: AccountId) -> Account:
        """The account's limits and use; its `free` is what a claim may still take.

        Raises:
            KeyError: It was never granted anything, so that nobody knows what it stands below.
        """
        return self.accounts[account]


@dataclass(frozen=True, slots=True)
class _Change:
    """How the use of one account changes."""

    before: Amount
    after: Amount

    @property
    def growth(self) -> Amount:
        return self.before.shortfall(self.after)


def limit(
    book: Book, account: AccountId, parent: AccountId | None, ceiling: Amount, keep: Amount = NOTHING
) -> Book | Refusal:
    """The book with this limit set or changed, or why not: use above the ceiling, or no room above for what is kept.

    Raises:
        ValueError: `parent` is not the account above, has no limit itself, or more is kept than the ceiling.
    """
    if parent is not None and parent not in book.accounts:
        raise ValueError(f"setting the limit of {account}: {parent} above it has no limit yet; set that one first")
    old = book.accounts.get(account)
    new = Account(account, parent, ceiling, keep, old.used if old else NOTHING)
    lowered = dict(book.accounts) | {account: new}
    charges: dict[AccountId, _Change] = {}
    if old and old.parent:
        charges[old.parent] = _Change(old.charge, NOTHING)
    if parent:
        before = charges[parent].before if parent in charges else NOTHING
        charges[parent] = _Change(before, new.charge)
    carried, short = _carried(lowered, charges)
    if not ceiling.covers(new.used):
        own = Shortfall(account, ceiling.shortfall(new.used), NOTHING, holders(book, account))
        return (own, *_explained(book, short))
    return _explained(book, short) if short else replace(book, accounts=MappingProxyType(carried))


def claim(book: Book, wanted: Claim) -> Book | Refusal:
    """The book with the claim held, or every account that lacks room. The same claim again changes nothing.

    Raises:
        ClaimConflictError: The id stands for another claim, or for one that is over.
    """
    known = book.claims.get(wanted.id)
    if known is not None:
        if known.live and known.same_as(wanted):
            return book
        said = f"claiming {wanted.id}: the id is that of another claim"
        over = f"claiming claim {wanted.id}: it is {known.state}"
        raise ClaimConflictError(f"{said if known.live else over}; claim under a new id")
    return _moved(book, replace(wanted, state=ClaimState.HELD, lines=()), wanted.lines)


def resize(book: Book, claim_id: str, lines: Iterable[Line]) -> Book | Refusal:
    """The book with the live claim changed to `lines`, or every account that lacks room for its growth.

    Raises:
        ClaimConflictError: The claim is unknown or over.
    """
    found = _live(book, claim_id, "resizing")
    return _moved(book, found, merged(lines))


def commit(book: Book, claim_id: str) -> Book:
    """The book with the held claim committed: what it holds now exists. Committing again changes nothing.

    Raises:
        ClaimConflictError: The claim is unknown or over.
    """
    found = _live(book, claim_id, "committing")
    return _with(book, replace(found, state=ClaimState.COMMITTED))


def void(book: Book, claim_id: str) -> Book:
    """The book without the held claim, as if it had never been claimed. Voiding again changes nothing.

    Raises:
        ClaimConflictError: The claim is unknown, or was committed: then it is released.
    """
    return _ended(book, claim_id, ClaimState.HELD, ClaimState.VOID, "voiding")


def release(book: Book, claim_id: str) -> Book:
    """The book with the committed claim given back: use goes, the quota stays. Releasing again changes nothing.

    Raises:
        ClaimConflictError: The claim is unknown, or only held: then it is voided.
    """
    return _ended(book, claim_id, ClaimState.COMMITTED, ClaimState.RELEASED, "releasing")


def holders(book: Book, account: AccountId) -> tuple[Holder, ...]:
    """Who uses the account's room, the soonest end first. Their amounts add up to what is used."""
    below = {account, *_below(book, account)}
    claims = (
        Holder(found.holder, amount, found.id, found.until)
        for found in book.claims.values()
        if found.live and (amount := Amount.total(line.amount for line in found.lines if line.account in below))
    )
    kept = (
        Holder(str(one), idle)
        for one in below - {account}
        if (idle := book.accounts[one].used.shortfall(book.accounts[one].keep))
    )
    return in_order((*claims, *kept))


def _below(book: Book, account: AccountId) -> tuple[AccountId, ...]:
    children = tuple(one for one, found in book.accounts.items() if found.parent == account)
    return children + tuple(deeper for child in children for deeper in _below(book, child))


def _live(book: Book, claim_id: str, doing: str) -> Claim:
    found = book.claims.get(claim_id)
    if found is None or not found.live:
        state = f"it is {found.state}" if found else "there is no such claim"
        raise ClaimConflictError(f"{doing} claim {claim_id}: {state}; claim under a new id")
    return found


def _ended(book: Book, claim_id: str, start: ClaimState, end: ClaimState, doing: str) -> Book:
    found = book.claims.get(claim_id)
    if found is not None and found.state is end:
        return book
    if found is None or found.state is not start:
        state = f"it is {found.state}" if found else "there is no such claim"
        raise ClaimConflictError(f"{doing} claim {claim_id}: {state}, not {start}")
    moved = _moved(book, found, ())
    return _with(cast("Book", moved), replace(found, state=end))  # giving back only lowers use, it is never refused


def _with(book: Book, changed: Claim) -> Book:
    return replace(book, claims=MappingProxyType({**book.claims, changed.id: changed}))


def _moved(book: Book, old: Claim, lines: tuple[Line, ...]) -> Book | Refusal:
    before = {line.account: line.amount for line in old.lines}
    after = {line.account: line.amount for line in lines}
    changes = {
        account: _Change(before.get(account, NOTHING), after.get(account, NOTHING))
        for account in before.keys() | after.keys()
    }
    carried, short = _carried(dict(book.accounts), changes)
    if short:
        return _explained(book, short)
    return _with(replace(book, accounts=MappingProxyType(carried)), replace(old, lines=lines))


def _carried(
    accounts: dict[AccountId, Account], changes: dict[AccountId, _Change]
) -> tuple[dict[AccountId, Account], list[Shortfall]]:
    """The accounts after the changes, level by level upwards, and each account that lacks room (holders unnamed)."""
    short: list[Shortfall] = []
    pending = dict(changes)
    for level in Level:
        for account_id in sorted(one for one in pending if one.level is level):
            change = pending[account_id]
            old = accounts.get(account_id)
            if old is None:
                short.append(Shortfall(account_id, change.growth, NOTHING, ()))
                continue
            used = old.used + change.after - change.before
            if not old.ceiling.covers(used):
                short.append(Shortfall(account_id, old.used.shortfall(used), old.free, ()))
            new = replace(old, used=used)
            accounts[account_id] = new
            if old.parent and old.charge != new.charge:
                above = pending.get(old.parent, _Change(NOTHING, NOTHING))
                pending[old.parent] = _Change(above.before + old.charge, above.after + new.charge)
    return accounts, short


def _explained(book: Book, short: list[Shortfall]) -> Refusal:
    return tuple(
        replace(one, holders=holders(book, one.account) if one.account in book.accounts else ()) for one in short
    )
