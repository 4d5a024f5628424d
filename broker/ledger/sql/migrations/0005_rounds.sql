-- How far admission came: a process that knows fewer records than were written decides on old news.

create table ledger.round (
    single boolean primary key default true check (single),
    head text not null,                             -- of main, when the last round was held
    records bigint not null check (records >= 0),
    as_of timestamptz not null
);
