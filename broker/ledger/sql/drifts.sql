-- one --
-- How the stack stood when it was last asked about.
select stack, asked_at, since, findings from ledger.drift where stack = %(stack)s;

-- put --
-- Nothing; how the stack stands is kept.
insert into ledger.drift (stack, asked_at, since, findings)
values (%(stack)s, %(asked_at)s, %(since)s, %(findings)s)
on conflict (stack) do update set
    asked_at = excluded.asked_at,
    since = excluded.since,
    findings = excluded.findings;

-- all --
-- Every stack that was asked about.
select stack, asked_at, since, findings from ledger.drift order by stack;
