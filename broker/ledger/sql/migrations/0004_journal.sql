-- What happened and what is still to be told: receipts, admissions, metering, messages, the audit log.

create table ledger.receipt (
    document text primary key,                      -- digest
    received_at timestamptz not null,
    branch text not null
);

create table ledger.admission (
    sequence bigint primary key check (sequence >= 0),
    document text not null unique,                  -- digest: one outcome per document, for ever
    admitted boolean not null,
    as_of timestamptz not null,
    record jsonb not null,
    pushed boolean not null default false
);

create table ledger.interval (
    id bigint generated always as identity primary key,
    unit text not null,
    system text not null,
    zone text not null,
    provider text not null,
    amount ledger.amount not null check (ledger.amount_covers(amount, ledger.amount_zero())),
    started_at timestamptz not null,
    ended_at timestamptz,
    check (started_at < ended_at)
);
create unique index interval_open on ledger.interval (system, zone, provider) where ended_at is null;
create index interval_by_time on ledger.interval (started_at, ended_at);

create table ledger.message (
    id bigint generated always as identity primary key,
    key text not null unique,                       -- the same fact is told once
    topic text not null,
    body jsonb not null,
    due_at timestamptz not null default clock_timestamp(),
    attempts integer not null default 0,
    done_at timestamptz,
    last_error text
);
create index message_due on ledger.message (due_at) where done_at is null;

create table ledger.audit (
    seq bigint primary key check (seq >= 0),        -- index of the leaf in the tree, without gaps
    at timestamptz not null,
    entry bytea not null,                           -- canonical JSON (RFC 8785)
    leaf bytea not null check (leaf = sha256('\x00'::bytea || entry))    -- RFC 6962 §2.1
);

create function ledger.audit_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'the audit log only grows: % refused', tg_op using errcode = 'GC005';
end
$$;
create trigger audit_is_append_only before update or delete on ledger.audit
for each row execute function ledger.audit_is_append_only();
create trigger audit_is_not_truncated before truncate on ledger.audit
for each statement execute function ledger.audit_is_append_only();

-- One writer at a time, so that the index has no gaps and follows the order of commits.
create function ledger.audit_append_v1(entry_at timestamptz, entry_bytes bytea) returns bigint
language plpgsql as $$
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

-- From `since` on the deployment is allocated this amount; an amount of nothing ends its metering.
create function ledger.interval_set_v1(
    of_unit text, of_system text, in_zone text, of_provider text, new_amount ledger.amount, since timestamptz
) returns void language plpgsql as $$
declare
    present ledger.interval;
begin
    perform pg_advisory_xact_lock(hashtextextended(concat_ws('/', of_system, in_zone, of_provider), 1735357028));
    select * into present from ledger.interval
    where system = of_system and zone = in_zone and provider = of_provider and ended_at is null
    for update;
    if present.id is not null and present.amount = new_amount and present.unit = of_unit then
        return;
    end if;
    if present.started_at > since or exists (
        select from ledger.interval
        where system = of_system and zone = in_zone and provider = of_provider and ended_at > since
    ) then
        raise exception 'metering %/% on %: % is before what is metered already', of_system, in_zone, of_provider, since
            using errcode = 'GC006';
    end if;
    if present.started_at = since then
        delete from ledger.interval where id = present.id;
    elsif present.id is not null then
        update ledger.interval set ended_at = since where id = present.id;
    end if;
    if new_amount <> ledger.amount_zero() then
        insert into ledger.interval (unit, system, zone, provider, amount, started_at)
        values (of_unit, of_system, in_zone, of_provider, new_amount, since);
    end if;
end
$$;
