-- limit --
-- The accounts that forbid the limit; an empty list: it is set.
select ledger.limit_v1(
    %(account)s, %(level)s::smallint, %(parent)s,
    ledger.amount_of(%(ceiling)s), ledger.amount_of(%(keep)s)
) as short;

-- settle --
-- What lacks room for a step; an empty list: all steps are done.
select ledger.settle_v1(%(steps)s) as short;

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
select claim, holder, until, state, ledger.claim_lines_v2(c) as lines
from ledger.claim c where claim = %(claim)s;

-- known --
-- Which of these ids are there.
select claim from ledger.claim where claim = any (%(claims)s);

-- all_claims --
-- Every claim with its lines, those that are over included.
select claim, holder, until, state, ledger.claim_lines_v2(c) as lines from ledger.claim c order by claim;

-- live_claims --
-- Every claim that is not over, a row for each of its lines; no account: it uses nothing.
select c.claim, c.holder, c.until, c.state, l.account, to_jsonb(l.amount) as amount
from ledger.claim c left join ledger.claim_line l using (claim)
where c.state in ('held', 'committed') order by c.claim;

-- set_holdings --
-- Nothing; these claims hold exactly their lines, and every account's use is counted anew.
select ledger.holdings_set_v2(%(holdings)s);

-- commit_all --
-- Nothing; every held claim is committed.
update ledger.claim set state = 'committed' where state = 'held';

-- holders --
-- Who uses the room of an account or of one below it: live claims line by line, then what accounts below keep unused.
with recursive below as (
    select a.account, a.keep, a.used from ledger.account a where a.account = %(account)s
    union all
    select child.account, child.keep, child.used
    from below cross join lateral (
        select a.account, a.keep, a.used from ledger.account a where a.parent = below.account offset 0
    ) as child
)
select c.holder as name, c.claim, c.until, ledger.amount_parts(l.amount) as amount
from ledger.claim_line l join ledger.claim c using (claim)
where l.account = any (array(select account from below)) and c.state in ('held', 'committed')
union all
select b.account, null, null,
    ledger.amount_parts(ledger.amount_larger(ledger.amount_minus(b.keep, b.used), ledger.amount_zero()))
from below b
where b.account <> %(account)s and not ledger.amount_covers(b.used, b.keep);

-- miscounted --
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
