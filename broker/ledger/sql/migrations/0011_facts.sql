-- Facts that the broker knows and could not push yet: they are recorded once the git host answers again.

create table ledger.fact (
    id bigint primary key generated always as identity,
    record jsonb not null
);
