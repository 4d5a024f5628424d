-- What the clouds had beside what was last applied, when they were last asked. It goes with its stack.

create table ledger.drift (
    stack text primary key references ledger.stack (stack) on delete cascade,
    asked_at timestamptz not null,
    since timestamptz,                              -- when something began to differ; null: nothing does
    findings jsonb not null
);
