-- one --
-- How the stack stood when it was last asked about.
select stack, asked_at, since, findings, run, whole_at, servers_at from ledger.drift where stack = %(stack)s;

-- put --
-- Nothing; how the stack stands is kept.
insert into ledger.drift (stack, asked_at, since, findings, run, whole_at, servers_at)
values (%(stack)s, %(asked_at)s, %(since)s, %(findings)s, %(run)s, %(whole_at)s, %(servers_at)s)
on conflict (stack) do update set
    asked_at = excluded.asked_at,
    since = excluded.since,
    findings = excluded.findings,
    run = excluded.run,
    whole_at = excluded.whole_at,
    servers_at = excluded.servers_at;

-- all --
-- Every stack that was asked about.
select stack, asked_at, since, findings, run, whole_at, servers_at from ledger.drift order by stack;
