-- The audit log is written by one function alone, with its owner's rights: the broker's own role may read it, no more.

alter table ledger.audit add column kept_at timestamptz not null default clock_timestamp();

create or replace function ledger.audit_append_v1(entry_at timestamptz, entry_bytes bytea) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    next_seq bigint;
begin
    perform pg_advisory_xact_lock(1735357027);
    select coalesce(max(seq) + 1, 0) into next_seq from ledger.audit;
    insert into ledger.audit (seq, at, entry, leaf)
    values (next_seq, entry_at, entry_bytes, sha256('\x00'::bytea || entry_bytes));
    return next_seq;
end
$$;
