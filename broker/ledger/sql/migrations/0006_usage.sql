-- What each resource took, from when to when: metering counts these, by the second.

create table ledger.usage (
    id bigint generated always as identity primary key,
    stack text not null,
    unit text not null,
    system text not null,
    zone text not null,
    provider text not null,
    resource text not null,                         -- logical name in the stack
    type text not null,
    external_id text not null,
    amount ledger.amount not null check (ledger.amount_covers(amount, ledger.amount_zero())),
    running boolean not null,                       -- false: it exists and is stopped
    started_at timestamptz not null,
    ended_at timestamptz,
    check (started_at <= ended_at)
);
create unique index usage_open on ledger.usage (stack, resource, external_id) where ended_at is null;
create index event_errors on ledger.event (stack, seq) where kind = 'error';
create index usage_by_time on ledger.usage (started_at, ended_at);
