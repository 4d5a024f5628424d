-- Limits and claims of both chains (quotas/book.py is the same in pure form, under the same tests).
-- Accounts are always locked in the order (level, name, zone): no two claims can block each other for ever.

create table ledger.account (
    account text primary key,                       -- such as unit:education/internet
    level smallint not null,                        -- quotas.account.Level: 0 system, 1 unit, 2 district, 3 cloud
    parent text references ledger.account,
    ceiling ledger.amount not null,
    keep ledger.amount not null,                    -- charged to the parent even while unused
    used ledger.amount not null default ledger.amount_zero(),
    check (level between 0 and 3),
    check (ledger.amount_covers(used, ledger.amount_zero())),
    check (ledger.amount_covers(keep, ledger.amount_zero())),
    check (ledger.amount_covers(ceiling, keep)),
    check (ledger.amount_covers(ceiling, used))
);
create index account_by_parent on ledger.account (parent);

create table ledger.claim (
    claim text primary key,
    holder text not null,
    until date,
    state text not null check (state in ('held', 'committed', 'void', 'released'))
);

create table ledger.claim_line (
    claim text not null references ledger.claim,
    account text not null,
    amount ledger.amount not null check (ledger.amount_covers(amount, ledger.amount_zero())),
    primary key (claim, account)
);
create index claim_line_by_account on ledger.claim_line (account);

create type ledger.change as (
    account text,
    level smallint,
    delta ledger.amount
);

-- Adds each delta to its account and what changes of its charge to the account above, level by level.
-- Gives every account that lacks room, as [{account, wanted, free}]; then the caller must undo all.
create function ledger.quota_move_v1(changes ledger.change[]) returns jsonb language plpgsql as $$
declare
    pending ledger.change[] := changes;
    short jsonb := '[]';
    step record;
    found_account ledger.account;
    charged ledger.amount;
begin
    for present_level in 0..3 loop
        for step in
            select p.account, ledger.amount_total(p.delta) as delta
            from unnest(pending) as p
            where p.level = present_level
            group by p.account
            order by p.account collate "C"
        loop
            continue when step.delta = ledger.amount_zero();
            update ledger.account a set used = ledger.amount_plus(a.used, step.delta)
            where a.account = step.account
                and ledger.amount_covers(a.ceiling, ledger.amount_plus(a.used, step.delta))
            returning a.* into found_account;
            if not found then
                -- too little room: go on as if there were enough, so that every level is told at once
                select a.* into found_account from ledger.account a where a.account = step.account for share;
                short := short || jsonb_build_object(
                    'account', step.account,
                    'wanted', to_jsonb(ledger.amount_larger(step.delta, ledger.amount_zero())),
                    'free', to_jsonb(ledger.amount_minus(
                        coalesce(found_account.ceiling, ledger.amount_zero()),
                        coalesce(found_account.used, ledger.amount_zero())
                    ))
                );
                continue when not found;
                found_account.used := ledger.amount_plus(found_account.used, step.delta);
            end if;
            if found_account.parent is not null then
                charged := ledger.amount_minus(
                    ledger.amount_larger(found_account.used, found_account.keep),
                    ledger.amount_larger(ledger.amount_minus(found_account.used, step.delta), found_account.keep)
                );
                pending := pending || row(found_account.parent, found_account.level + 1, charged)::ledger.change;
            end if;
        end loop;
    end loop;
    return short;
end
$$;

-- The changes from the lines a claim has to the lines it shall have ([{account, level, amount}]).
create function ledger.claim_changes_v1(claim_id text, lines jsonb) returns ledger.change[]
language sql stable as $$
    select coalesce(array_agg(row(account, level, delta)::ledger.change), '{}')
    from (
        select l ->> 'account' as account, (l ->> 'level')::smallint as level,
            ledger.amount_of(l -> 'amount') as delta
        from jsonb_array_elements(lines) as l
        union all
        select l.account, a.level, ledger.amount_minus(ledger.amount_zero(), l.amount)
        from ledger.claim_line l join ledger.account a using (account)
        where l.claim = claim_id
    ) as both_ways
$$;

-- Gives a claim new lines and moves the accounts; undoes all and gives the shortfalls where room is lacking.
create function ledger.claim_settle_v1(claim_id text, lines jsonb) returns jsonb language plpgsql as $$
declare
    short jsonb;
begin
    begin
        short := ledger.quota_move_v1(ledger.claim_changes_v1(claim_id, lines));
        if short <> '[]' then
            raise exception 'no room' using errcode = 'GC003';
        end if;
        delete from ledger.claim_line where claim = claim_id;
        insert into ledger.claim_line (claim, account, amount)
        select claim_id, l ->> 'account', ledger.amount_of(l -> 'amount') from jsonb_array_elements(lines) as l;
    exception when sqlstate 'GC003' then
        null;
    end;
    return short;
end
$$;

-- The claim, locked, if it is in one of the states; else GC002.
create function ledger.claim_in_v1(doing text, claim_id text, allowed text[]) returns ledger.claim
language plpgsql as $$
declare
    present ledger.claim;
begin
    select * into present from ledger.claim where claim = claim_id for update;
    if present.claim is null or not present.state = any (allowed) then
        raise exception '% claim %: %', doing, claim_id,
            coalesce('it is ' || present.state, 'there is no such claim')
            using errcode = 'GC002';
    end if;
    return present;
end
$$;

create function ledger.claim_v1(claim_id text, claim_holder text, claim_until date, lines jsonb)
returns jsonb language plpgsql as $$
declare
    short jsonb;
    present ledger.claim;
begin
    insert into ledger.claim (claim, holder, until, state) values (claim_id, claim_holder, claim_until, 'held')
    on conflict do nothing;
    if not found then
        present := ledger.claim_in_v1('claiming', claim_id, '{held,committed}');
        if present.holder <> claim_holder or present.until is distinct from claim_until
            or ledger.claim_lines_v1(claim_id) <> lines
        then
            raise exception 'claiming %: the id is that of another claim', claim_id using errcode = 'GC002';
        end if;
        return '[]';
    end if;
    short := ledger.claim_settle_v1(claim_id, lines);
    if short <> '[]' then
        delete from ledger.claim where claim = claim_id;
    end if;
    return short;
end
$$;

-- The lines of a claim as it was asked for, in claiming order.
create function ledger.claim_lines_v1(claim_id text) returns jsonb language sql stable as $$
    select coalesce(
        jsonb_agg(
            jsonb_build_object('account', l.account, 'level', a.level, 'amount', to_jsonb(l.amount))
            order by a.level, l.account collate "C"
        ),
        '[]'
    )
    from ledger.claim_line l join ledger.account a using (account)
    where l.claim = claim_id
$$;

create function ledger.resize_v1(claim_id text, lines jsonb) returns jsonb language plpgsql as $$
begin
    perform ledger.claim_in_v1('resizing', claim_id, '{held,committed}');
    return ledger.claim_settle_v1(claim_id, lines);
end
$$;

create function ledger.commit_v1(claim_id text) returns void language plpgsql as $$
begin
    perform ledger.claim_in_v1('committing', claim_id, '{held,committed}');
    update ledger.claim set state = 'committed' where claim = claim_id;
end
$$;

-- Ends a claim: its room is free again, its lines stay to be read. Ending it again the same way changes nothing.
create function ledger.claim_end_v1(doing text, claim_id text, start_state text, end_state text)
returns void language plpgsql as $$
declare
    present ledger.claim := ledger.claim_in_v1(doing, claim_id, array[start_state, end_state]);
begin
    if present.state = end_state then
        return;
    end if;
    perform ledger.quota_move_v1(ledger.claim_changes_v1(claim_id, '[]'));
    update ledger.claim set state = end_state where claim = claim_id;
end
$$;

create function ledger.void_v1(claim_id text) returns void language sql as
$$ select ledger.claim_end_v1('voiding', claim_id, 'held', 'void') $$;

create function ledger.release_v1(claim_id text) returns void language sql as
$$ select ledger.claim_end_v1('releasing', claim_id, 'committed', 'released') $$;

-- Sets or changes a limit; undoes all and gives the shortfalls where use or the accounts above forbid it.
create function ledger.limit_v1(
    account_id text, account_level smallint, above text, new_ceiling ledger.amount, new_keep ledger.amount
) returns jsonb language plpgsql as $$
declare
    old ledger.account;
    short jsonb := '[]';
    changes ledger.change[] := '{}';
begin
    if above is not null and not exists (select from ledger.account where account = above) then
        raise exception 'setting the limit of %: % above it has no limit yet', account_id, above
            using errcode = 'GC004';
    end if;
    begin
        insert into ledger.account (account, level, parent, ceiling, keep)
        values (account_id, account_level, above, ledger.amount_zero(), ledger.amount_zero())
        on conflict do nothing;
        select * into old from ledger.account where account = account_id for update;
        if not ledger.amount_covers(new_ceiling, old.used) then
            short := short || jsonb_build_object(
                'account', account_id,
                'wanted', to_jsonb(ledger.amount_larger(
                    ledger.amount_minus(old.used, new_ceiling), ledger.amount_zero()
                )),
                'free', to_jsonb(ledger.amount_zero())
            );
        else
            update ledger.account set parent = above, ceiling = new_ceiling, keep = new_keep
            where account = account_id;
        end if;
        if old.parent is not null then
            changes := changes || row(old.parent, account_level + 1, ledger.amount_minus(
                ledger.amount_zero(), ledger.amount_larger(old.used, old.keep)
            ))::ledger.change;
        end if;
        if above is not null then
            changes := changes
                || row(above, account_level + 1, ledger.amount_larger(old.used, new_keep))::ledger.change;
        end if;
        short := short || ledger.quota_move_v1(changes);
        if short <> '[]' then
            raise exception 'no room' using errcode = 'GC003';
        end if;
    exception when sqlstate 'GC003' then
        null;
    end;
    return short;
end
$$;
