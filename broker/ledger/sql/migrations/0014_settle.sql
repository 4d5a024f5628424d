-- Many steps on claims in one call: claims and accounts are locked once, in claiming order, the steps are weighed one by one
-- on values in memory, and every row is written once. The laws are those of quotas/book.py, as before.

-- Lines of claims that are over: kept with the claim, so that claim_line holds what is held, however much ever was.
alter table ledger.claim add column ended_lines jsonb;
update ledger.claim set ended_lines = ledger.claim_lines_v1(claim) where state in ('void', 'released');
delete from ledger.claim_line l using ledger.claim c where c.claim = l.claim and c.state in ('void', 'released');

-- Room on each page for the next versions of its rows, so that indexes need not follow: an account that everybody wants has as
-- many versions as there are claimants in line; a claim grows by its lines when it ends.
alter table ledger.account set (fillfactor = 10);
alter table ledger.claim set (fillfactor = 25);

-- The same checks in plain comparisons: the functions in them were parsed anew by every statement that wrote a row, which
-- was most of the cost of a claim. Null is no amount.
alter table ledger.account
    drop constraint account_used_check, drop constraint account_keep_check,
    drop constraint account_check, drop constraint account_check1;
alter table ledger.account add constraint account_within_limits check ((
    0 <= (keep).vcpu and (keep).vcpu <= (ceiling).vcpu
    and 0 <= (used).vcpu and (used).vcpu <= (ceiling).vcpu
    and 0 <= (keep).memory_gib and (keep).memory_gib <= (ceiling).memory_gib
    and 0 <= (used).memory_gib and (used).memory_gib <= (ceiling).memory_gib
    and 0 <= (keep).block_gib and (keep).block_gib <= (ceiling).block_gib
    and 0 <= (used).block_gib and (used).block_gib <= (ceiling).block_gib
    and 0 <= (keep).block_high_performance_gib and (keep).block_high_performance_gib <= (ceiling).block_high_performance_gib
    and 0 <= (used).block_high_performance_gib and (used).block_high_performance_gib <= (ceiling).block_high_performance_gib
    and 0 <= (keep).object_gib and (keep).object_gib <= (ceiling).object_gib
    and 0 <= (used).object_gib and (used).object_gib <= (ceiling).object_gib
    and 0 <= (keep).bandwidth_mbps and (keep).bandwidth_mbps <= (ceiling).bandwidth_mbps
    and 0 <= (used).bandwidth_mbps and (used).bandwidth_mbps <= (ceiling).bandwidth_mbps
    and 0 <= (keep).public_addresses and (keep).public_addresses <= (ceiling).public_addresses
    and 0 <= (used).public_addresses and (used).public_addresses <= (ceiling).public_addresses
) is true);
alter table ledger.claim_line drop constraint claim_line_amount_check;
alter table ledger.claim_line add constraint claim_line_amount_check check ((
    0 <= (amount).vcpu and 0 <= (amount).memory_gib and 0 <= (amount).block_gib
    and 0 <= (amount).block_high_performance_gib and 0 <= (amount).object_gib and 0 <= (amount).bandwidth_mbps
    and 0 <= (amount).public_addresses
) is true);

drop function ledger.claim_v1(text, text, date, jsonb);
drop function ledger.resize_v1(text, jsonb);
drop function ledger.void_v1(text);
drop function ledger.release_v1(text);
drop function ledger.claim_end_v1(text, text, text, text);
drop function ledger.claim_settle_v1(text, jsonb);
drop function ledger.claim_changes_v1(text, jsonb);

create type ledger.line as (
    account text,
    level smallint,
    amount ledger.amount
);

create type ledger.step as (
    doing text,                                     -- claim, resize, commit, void, release
    claim text,
    holder text,                                    -- of a claim, as `until`
    until date,
    lines ledger.line[]                             -- of a claim or resize
);

-- What a step (its number in the call) adds to an account that its claim names.
create type ledger.move as (
    step integer,
    account text,
    level smallint,
    delta ledger.amount
);

create function ledger.amount_parts(a ledger.amount) returns bigint[] language sql immutable parallel safe as $$
    select array[
        (a).vcpu, (a).memory_gib, (a).block_gib, (a).block_high_performance_gib, (a).object_gib, (a).bandwidth_mbps,
        (a).public_addresses
    ]
$$;

-- The lines that a claim has, or had when it ended, in claiming order.
create function ledger.claim_lines_v2(of_claim ledger.claim) returns jsonb language sql stable as $$
    select coalesce(of_claim.ended_lines, ledger.claim_lines_v1(of_claim.claim))
$$;

-- The claims of the steps, locked in the order of their ids. A new one is made and held; where a step cannot be done to its
-- claim: GC002. Gives the numbers of the steps that change nothing, because they were done before.
create function ledger.claims_lock_v1(steps ledger.step[]) returns integer[] language plpgsql as $$
declare
    made text[];
    done integer[] := '{}';
    present record;
begin
    with new as (
        insert into ledger.claim (claim, holder, until, state)
        select s.claim, s.holder, s.until, 'held' from unnest(steps) as s
        where s.doing = 'claim' order by s.claim collate "C"
        on conflict do nothing
        returning claim
    )
    select coalesce(array_agg(claim), '{}') into made from new;
    if cardinality(made) = cardinality(steps) then
        return done;
    end if;
    perform from ledger.claim c
    where c.claim in (select s.claim from unnest(steps) as s) and c.claim <> all (made)
    order by c.claim collate "C" for update;
    for present in
        select s.number, s.doing, s.claim as id, c.state,
            s.doing <> 'claim' or (c.holder, c.until) is not distinct from (s.holder, s.until) and not exists (
                select from (select l.account, l.amount from ledger.claim_line l where l.claim = c.claim) as has
                full join unnest(s.lines) as asked using (account)
                where has.amount is distinct from asked.amount
            ) as fits
        from unnest(steps) with ordinality as s (doing, claim, holder, until, lines, number)
        left join ledger.claim c using (claim)
        where s.claim <> all (made)
        order by s.number
    loop
        if present.state is null or present.state <> all (case present.doing
            when 'void' then '{held,void}'::text[]
            when 'release' then '{committed,released}'
            else '{held,committed}'
        end) then
            raise exception '% claim %: %',
                case present.doing
                    when 'claim' then 'claiming' when 'resize' then 'resizing' when 'commit' then 'committing'
                    when 'void' then 'voiding' else 'releasing'
                end,
                present.id, coalesce('it is ' || present.state, 'there is no such claim')
                using errcode = 'GC002';
        elsif not present.fits then
            raise exception 'claiming %: the id is that of another claim', present.id using errcode = 'GC002';
        elsif present.doing = 'claim' or present.state in ('void', 'released') then
            done := done || present.number::integer;
        end if;
    end loop;
    return done;
end
$$;

-- What the steps add to the accounts that they name, and what they take from those that their claims have named before.
create function ledger.moves_v1(steps ledger.step[], done integer[]) returns ledger.move[] language plpgsql as $$
begin
    return array(
        select row(s.number, l.account, l.level, l.amount)::ledger.move
        from unnest(steps) with ordinality as s (doing, claim, holder, until, lines, number), unnest(s.lines) as l
        where s.number <> all (done)
        union all
        select row(s.number, l.account, a.level, ledger.amount_minus(ledger.amount_zero(), l.amount))::ledger.move
        from unnest(steps) with ordinality as s (doing, claim, holder, until, lines, number)
        join ledger.claim_line l using (claim) join ledger.account a using (account)
        where s.doing in ('resize', 'void', 'release') and s.number <> all (done)
    );
end
$$;

-- The accounts that moves name and all above them, locked level by level in claiming order: what stands above an account is
-- read off its locked row. `above` is the place of that one in `names`, from 1 on; the other lists go by place, then by part.
create function ledger.accounts_lock_v1(
    moves ledger.move[],
    out names text[], out above integer[], out ceilings bigint[], out keeps bigint[], out used bigint[]
) language plpgsql as $$
declare
    all_parents text[] := '{}';
    parents text[] := '{}';
    wanted text[];
    part record;
begin
    names := '{}';
    for present_level in 0..2 loop                  -- 2: with level 3, for both end their chains
        wanted := array(
            select m.account from unnest(moves) as m where least(m.level, 2) = present_level
            union select unnest(parents)
        );
        select array_agg(a.account) as names, array_agg(a.parent) as parents,
            array_agg(ledger.amount_parts(a.ceiling)) as ceilings, array_agg(ledger.amount_parts(a.keep)) as keeps,
            array_agg(ledger.amount_parts(a.used)) as used
        into part
        from (
            select * from ledger.account b
            where b.account = any (wanted)
            order by b.level, b.account collate "C" for no key update
        ) as a;
        names := names || part.names;
        parents := part.parents;
        all_parents := all_parents || parents;
        ceilings := ceilings || part.ceilings;
        keeps := keeps || part.keeps;
        used := used || part.used;
    end loop;
    select array_agg(array_position(names, p.parent) order by p.place) into above
    from unnest(all_parents) with ordinality as p (parent, place);
end
$$;

-- The use of the accounts after the steps, one after another, each by itself: what finds no room changes nothing and stands in
-- `short` with every account that lacks room, as [{step, account, wanted, free}]. Reads and writes no table.
create function ledger.weigh_v1(
    moves ledger.move[], names text[], above integer[], ceilings bigint[], keeps bigint[],
    inout used bigint[], out short jsonb
) language plpgsql as $$
declare
    step record;
    way integer;
    place integer;
    up integer;
    change bigint[];
    earlier bigint;
    later bigint;
    crossed integer[];                              -- places that were above a ceiling, be it between two moves
    lacking integer[];                              -- those that are in the end
    reached bigint[];                               -- what would be used of them, part by part
    wanted bigint[];
    free bigint[];
begin
    short := '[]';
    for step in
        select m.step as number, array_agg(m.account) as accounts,
            array_agg(array_position(names, m.account)) as places, array_agg(ledger.amount_parts(m.delta)) as deltas
        from unnest(moves) as m group by m.step order by m.step
    loop
        crossed := '{}';
        lacking := '{}';
        foreach way in array array[1, -1] loop      -- there, and back where there is no room
            for k in 1..cardinality(step.places) loop
                place := step.places[k];
                for part in 1..7 loop
                    change[part] := way * step.deltas[k][part];
                end loop;
                while place is not null loop
                    up := above[place];
                    for part in 1..7 loop
                        continue when change[part] = 0;
                        earlier := used[place][part];
                        later := earlier + change[part];
                        used[place][part] := later;
                        if later > ceilings[place][part] then
                            crossed := crossed || place;
                        end if;
                        continue when up is null;
                        change[part] := greatest(later, keeps[place][part]) - greatest(earlier, keeps[place][part]);
                    end loop;
                    place := up;
                end loop;
            end loop;
            exit when way = -1 or cardinality(crossed) = 0 and array_position(step.places, null) is null;
            foreach place in array crossed loop
                continue when place = any (lacking);
                for part in 1..7 loop
                    if used[place][part] > ceilings[place][part] then
                        lacking := lacking || place;
                        exit;
                    end if;
                end loop;
            end loop;
            exit when cardinality(lacking) = 0 and array_position(step.places, null) is null;
            for k in 1..cardinality(lacking) loop
                for part in 1..7 loop
                    reached[7 * k + part] := used[lacking[k]][part];
                end loop;
            end loop;
        end loop;
        continue when way = 1;
        for k in 1..cardinality(lacking) loop
            for part in 1..7 loop
                earlier := used[lacking[k]][part];
                wanted[part] := greatest(reached[7 * k + part] - earlier, 0);
                free[part] := ceilings[lacking[k]][part] - earlier;
            end loop;
            short := short || jsonb_build_object(
                'step', step.number, 'account', names[lacking[k]], 'wanted', wanted, 'free', free
            );
        end loop;
        for k in 1..cardinality(step.places) loop
            continue when step.places[k] is not null;
            for part in 1..7 loop
                wanted[part] := step.deltas[k][part];
                free[part] := 0;
            end loop;
            short := short || jsonb_build_object(
                'step', step.number, 'account', step.accounts[k], 'wanted', wanted, 'free', free
            );
        end loop;
    end loop;
end
$$;

-- Writes what needs no room: commits, voids, releases. Before accounts are locked, for everybody waits for those.
create function ledger.endings_write_v1(steps ledger.step[], done integer[]) returns void language plpgsql as $$
begin
    update ledger.claim c set
        state = case s.doing when 'commit' then 'committed' when 'void' then 'void' else 'released' end,
        ended_lines = case when s.doing <> 'commit' then ledger.claim_lines_v1(c.claim) end
    from unnest(steps) with ordinality as s (doing, claim, holder, until, lines, number)
    where c.claim = s.claim and s.doing in ('commit', 'void', 'release') and s.number <> all (done);
    delete from ledger.claim_line l
    using unnest(steps) with ordinality as s (doing, claim, holder, until, lines, number)
    where l.claim = s.claim and s.doing in ('void', 'release') and s.number <> all (done);
end
$$;

-- Writes the lines of claims and resizes that found room, and takes back the new claims that found none.
create function ledger.lines_write_v1(steps ledger.step[], refused integer[], done integer[]) returns void
language plpgsql as $$
declare
    idle integer[] := refused || done;
begin
    if cardinality(refused) > 0 then
        delete from ledger.claim c
        using unnest(steps) with ordinality as s (doing, claim, holder, until, lines, number)
        where c.claim = s.claim and s.doing = 'claim' and s.number = any (refused);
    end if;
    if exists (select from unnest(steps) as s where s.doing = 'resize') then
        delete from ledger.claim_line l
        using unnest(steps) with ordinality as s (doing, claim, holder, until, lines, number)
        where l.claim = s.claim and s.doing = 'resize' and s.number <> all (idle);
    end if;
    insert into ledger.claim_line (claim, account, amount)
    select s.claim, l.account, l.amount
    from unnest(steps) with ordinality as s (doing, claim, holder, until, lines, number), unnest(s.lines) as l
    where s.number <> all (idle);
end
$$;

-- Does the steps, [{doing, claim, holder, until, lines: [{account, level, amount}]}], one after another, each by itself; a claim
-- is named once. Gives what lacks room, as [{step, account, wanted, free}]. What cannot be done to its claim undoes all: GC002.
-- Rows are found by their keys, whatever the planner knew last of a table that was empty then.
create function ledger.settle_v1(asked jsonb) returns jsonb language plpgsql
set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare
    steps ledger.step[];
    kinds text[];
    done integer[];
    moves ledger.move[];
    accounts record;
    weighed record;
    after ledger.amount[];
begin
    steps := array(select s from jsonb_populate_recordset(null::ledger.step, asked) as s);
    kinds := array(select distinct s.doing from unnest(steps) as s);
    done := ledger.claims_lock_v1(steps);
    moves := ledger.moves_v1(steps, done);
    if kinds && '{commit,void,release}' then
        perform ledger.endings_write_v1(steps, done);
    end if;
    if moves = '{}' then
        return '[]';
    end if;
    select * into accounts from ledger.accounts_lock_v1(moves);
    select * into weighed from ledger.weigh_v1(
        moves, accounts.names, accounts.above, accounts.ceilings, accounts.keeps, accounts.used
    );
    after := array(
        select row(u[p][1], u[p][2], u[p][3], u[p][4], u[p][5], u[p][6], u[p][7])::ledger.amount
        from (select weighed.used as u) as weighed, generate_subscripts(u, 1) as p order by p
    );
    update ledger.account a set used = after[array_position(accounts.names, a.account)]
    where a.account = any (accounts.names) and a.used <> after[array_position(accounts.names, a.account)];
    if kinds && '{claim,resize}' then
        perform ledger.lines_write_v1(
            steps, array(select (s ->> 'step')::integer from jsonb_array_elements(weighed.short) as s), done
        );
    end if;
    return weighed.short;
end
$$;

-- As before, for claims that are not over: those that are have no lines.
create function ledger.holdings_set_v2(holdings jsonb) returns void language plpgsql as $$
begin
    insert into ledger.claim (claim, holder, state)
    select h ->> 'claim', h ->> 'holder', 'committed' from jsonb_array_elements(holdings) as h
    on conflict (claim) do update set state = 'committed' where ledger.claim.state = 'held';
    delete from ledger.claim_line where claim in (select h ->> 'claim' from jsonb_array_elements(holdings) as h);
    insert into ledger.claim_line (claim, account, amount)
    select c.claim, l ->> 'account', ledger.amount_of(l -> 'amount')
    from jsonb_array_elements(holdings) as h join ledger.claim c on c.claim = h ->> 'claim',
        jsonb_array_elements(h -> 'lines') as l
    where c.state = 'committed';
    for present_level in 0..3 loop
        update ledger.account a set used = counted.used
        from (
            select b.account, ledger.amount_plus(
                coalesce(claimed.amount, ledger.amount_zero()), coalesce(charged.amount, ledger.amount_zero())
            ) as used
            from ledger.account b
            left join (
                select l.account, ledger.amount_total(l.amount) as amount
                from ledger.claim_line l group by l.account
            ) as claimed using (account)
            left join (
                select parent as account, ledger.amount_total(ledger.amount_larger(d.used, d.keep)) as amount
                from ledger.account d where parent is not null group by parent
            ) as charged using (account)
            where b.level = present_level
        ) as counted
        where a.account = counted.account and a.used <> counted.used;
    end loop;
end
$$;
drop function ledger.holdings_set_v1(jsonb);
