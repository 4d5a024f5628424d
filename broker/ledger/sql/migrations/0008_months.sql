-- The facts of closed months, byte for byte as they were frozen; the registry's record of each binds its digest.

create table ledger.closed_month (
    month text primary key check (month ~ '^20[0-9]{2}-(0[1-9]|1[0-2])$'),
    digest text not null check (digest = 'sha256:' || encode(sha256(facts), 'hex')),
    facts bytea not null,
    closed_at timestamptz not null
);

create function ledger.closed_month_stays() returns trigger language plpgsql as $$
begin
    raise exception 'a closed month stays as it is: % refused', tg_op using errcode = 'GC007';
end
$$;
create trigger closed_month_stays before update or delete on ledger.closed_month
for each row execute function ledger.closed_month_stays();
create trigger closed_month_is_not_truncated before truncate on ledger.closed_month
for each statement execute function ledger.closed_month_stays();
