-- close --
-- Nothing; the month's facts are kept, unless it is closed already.
insert into ledger.closed_month (month, digest, facts, closed_at)
values (%(month)s, %(digest)s, %(facts)s, %(at)s) on conflict do nothing;

-- closed --
-- The month's facts as they were frozen.
select month, digest, facts, closed_at from ledger.closed_month where month = %(month)s;

-- months --
-- Every closed month with its digest, oldest first.
select month, digest from ledger.closed_month order by month;
