-- Who was told what over which channel. A message is open until everybody whom it is for was reached.

drop index ledger.message_due;
alter table ledger.message rename column due_at to queued_at;
alter table ledger.message drop column attempts, drop column last_error;
create index message_open on ledger.message (queued_at) where done_at is null;

create table ledger.delivery (
    id bigint generated always as identity primary key,
    message text not null references ledger.message (key),
    channel text not null,                          -- its name in the deployment's settings, never its address
    addressees text[] not null,                     -- organisations and @roles that are told over it
    due_at timestamptz not null default clock_timestamp(),
    attempts integer not null default 0,            -- also names who took it last: a later taker has a higher one
    done_at timestamptz,                            -- the receipt: the channel took it
    failed_at timestamptz,                          -- given up: another channel has to do
    last_error text not null default '',
    unique (message, channel),                      -- nothing is sent twice over one channel
    check (done_at is null or failed_at is null)
);
create index delivery_due on ledger.delivery (due_at) where done_at is null and failed_at is null;
