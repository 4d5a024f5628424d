-- ended --
-- Nothing; the duty ended like this. An older run that ends later changes nothing.
insert into ledger.duty (name, at, ok, told, since, next_at)
values (%(name)s, %(at)s, %(ok)s, %(told)s, %(at)s, %(next_at)s)
on conflict (name) do update set
    at = excluded.at,
    ok = excluded.ok,
    told = excluded.told,
    since = case when ledger.duty.ok = excluded.ok then ledger.duty.since else excluded.at end,
    next_at = excluded.next_at
where ledger.duty.at <= excluded.at;

-- all --
-- The newest run of every duty, by name.
select name, at, ok, told, since, next_at from ledger.duty order by name;
