-- limit --
-- The accounts that forbid the limit; an empty list: it is set.
select ledger.limit_v1(
    %(account)s, %(level)s::smallint, %(parent)s,
    ledger.amount_of(%(ceiling)s), ledger.amount_of(%(keep)s)
) as short;

-- claim --
-- The accounts that lack room for the claim; an empty list: it is held.
select ledger.claim_v1(%(claim)s, %(holder)s, %(until)s, %(lines)s) as short;

-- resize --
-- The accounts that lack room for the new lines; an empty list: the claim has them.
select ledger.resize_v1(%(claim)s, %(lines)s) as short;

-- commit --
-- Nothing; the claim is committed.
select ledger.commit_v1(%(claim)s);

-- void --
-- Nothing; the held claim is void.
select ledger.void_v1(%(claim)s);

-- release --
-- Nothing; the committed claim is released.
select ledger.release_v1(%(claim)s);

-- balance --
-- Limits and use of one account.
select account, parent, to_jsonb(ceiling) as ceiling, to_jsonb(keep) as keep, to_jsonb(used) as used
from ledger.account where account = %(account)s;

-- balances --
-- Limits and use of every account, in claiming order.
select account, parent, to_jsonb(ceiling) as ceiling, to_jsonb(keep) as keep, to_jsonb(used) as used
from ledger.account order by level, account collate "C";

-- one_claim --
-- A claim with its lines.
select claim, holder, until, state, ledger.claim_lines_v1(claim) as lines
from ledger.claim where claim = %(claim)s;

-- all_claims --
-- Every claim with its lines, those that are over included.
select claim, holder, until, state, ledger.claim_lines_v1(claim) as lines from ledger.claim order by claim;

-- live_claims --
-- Every claim that is not over, a row for each of its lines; no account: it uses nothing.
select c.claim, c.holder, c.until, c.state, l.account, to_jsonb(l.amount) as amount
from ledger.claim c left join ledger.claim_line l using (claim)
where c.state in ('held', 'committed') order by c.claim;

-- set_holdings --
-- Nothing; these claims hold exactly their lines, and every account's use is counted anew.
select ledger.holdings_set_v1(%(holdings)s);

-- commit_all --
-- Nothing; every held claim is committed.
update ledger.claim set state = 'committed' where state = 'held';

-- holders --
-- Who uses the room of an account or of one below it: live claims, then what accounts below keep unused.
with recursive below as (
    select a.account, a.level from ledger.account a where a.account = %(account)s
    union all
    select a.account, a.level from ledger.account a join below on a.parent = below.account
)
select c.holder as name, c.claim, c.until, to_jsonb(ledger.amount_total(l.amount)) as amount
from below join ledger.claim_line l using (account) join ledger.claim c using (claim)
where c.state in ('held', 'committed')
group by c.claim
union all
select a.account, null, null,
    to_jsonb(ledger.amount_larger(ledger.amount_minus(a.keep, a.used), ledger.amount_zero()))
from below join ledger.account a using (account)
where a.account <> %(account)s and not ledger.amount_covers(a.used, a.keep);

-- drifted --
-- Accounts whose counter differs from what live claims and the charges of the accounts below add up to.
with claimed as (
    select l.account, ledger.amount_total(l.amount) as amount
    from ledger.claim_line l join ledger.claim c using (claim)
    where c.state in ('held', 'committed') group by l.account
), charged as (
    select parent as account, ledger.amount_total(ledger.amount_larger(used, keep)) as amount
    from ledger.account where parent is not null group by parent
)
select a.account from ledger.account a
left join claimed using (account) left join charged using (account)
where a.used <> ledger.amount_plus(
    coalesce(claimed.amount, ledger.amount_zero()), coalesce(charged.amount, ledger.amount_zero())
)
order by a.level, a.account collate "C";
