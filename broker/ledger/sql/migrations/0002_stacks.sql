-- Stacks and the leases that fence them. Errors of this schema: GC001 stale epoch, GC002 claim conflict.

create table ledger.lease (
    stack text primary key,
    holder text,                                    -- null: nobody
    epoch bigint not null check (epoch > 0),
    until timestamptz not null
);

create table ledger.stack (
    stack text primary key references ledger.lease,
    epoch bigint not null,
    state bytea,
    spec_digest text not null default '',
    program_digest text not null default '',
    provider_digest text not null default '',
    clean boolean not null,
    applied_at timestamptz
);

create table ledger.resource (
    stack text not null references ledger.stack on delete cascade,
    urn text not null,
    type text not null,
    cloud text not null,
    external_id text not null,
    key text not null,
    name text not null,
    holds_data boolean not null,
    primary key (stack, urn)
);
create index resource_by_cloud on ledger.resource (cloud, type);

create table ledger.event (
    seq bigint generated always as identity primary key,
    stack text not null,
    epoch bigint not null,
    at timestamptz not null,
    kind text not null,
    body jsonb not null
);
create index event_by_stack on ledger.event (stack, seq);

-- The lease is ours, and its holder's epoch, or nothing: somebody else holds it. Only database time counts.
create function ledger.lease_acquire_v1(wanted_stack text, wanted_holder text, ttl interval)
returns setof ledger.lease language sql as $$
    insert into ledger.lease as l (stack, holder, epoch, until)
    values (wanted_stack, wanted_holder, 1, clock_timestamp() + ttl)
    on conflict (stack) do update set
        holder = excluded.holder,
        until = clock_timestamp() + ttl,
        epoch = case
            when l.holder = excluded.holder and l.until > clock_timestamp() then l.epoch
            else l.epoch + 1
        end
    where l.holder is null or l.holder = excluded.holder or l.until <= clock_timestamp()
    returning *
$$;

-- Refuses (GC001) whoever does not hold the stack's lease in its present epoch; keeps the lease as it is until commit.
create function ledger.fence_v1(wanted_stack text, wanted_holder text, wanted_epoch bigint)
returns void language plpgsql as $$
declare
    present ledger.lease;
begin
    select * into present from ledger.lease where stack = wanted_stack for share;
    if present.holder is distinct from wanted_holder or present.epoch is distinct from wanted_epoch then
        raise exception 'epoch % of % on stack % is over: epoch % of %', wanted_epoch, wanted_holder, wanted_stack,
            coalesce(present.epoch, 0), coalesce(present.holder, 'nobody')
            using errcode = 'GC001';
    end if;
end
$$;
