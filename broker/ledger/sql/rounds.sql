-- lock --
-- Nothing; until the end of the transaction nobody else admits or writes records. Whoever is frozen in it is cut off.
select set_config('idle_in_transaction_session_timeout', %(patience_ms)s, true),
    pg_advisory_xact_lock(1735357029);

-- newest --
-- The last round: its head, and how many records are known to be written.
select head, records, as_of from ledger.round;

-- advance --
-- Nothing; a round was held at this head, with this many records at least.
insert into ledger.round (head, records, as_of) values (%(head)s, %(records)s, %(as_of)s)
on conflict (single) do update set
    head = excluded.head,
    records = greatest(ledger.round.records, excluded.records),
    as_of = greatest(ledger.round.as_of, excluded.as_of);

-- wrote --
-- Nothing; so many more records were written.
update ledger.round set records = records + %(more)s;
