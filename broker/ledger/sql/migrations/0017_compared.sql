-- From what the next asking about a stack goes on, where the last one found everything in order; null: from nothing.
alter table ledger.drift
    add column run bigint,                          -- epoch of the run whose state was compared
    add column whole_at timestamptz,                -- when every server was last compared whole
    add column servers_at timestamptz,              -- as of when servers were compared, by the cloud's clock
    add constraint drift_compared check (num_nonnulls(run, whole_at, servers_at) in (0, 3));
