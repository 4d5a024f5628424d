-- Many claims at once, as the documents have them: no update of one account per claim, which costs the square of them.

-- Each of [{claim, holder, lines: [{account, amount}]}] holds exactly its lines and is committed; claims that are over stay
-- over. Then every account's use is counted anew, level by level. The limits must have room for it.
create function ledger.holdings_set_v1(holdings jsonb) returns void language plpgsql as $$
begin
    insert into ledger.claim (claim, holder, state)
    select h ->> 'claim', h ->> 'holder', 'committed' from jsonb_array_elements(holdings) as h
    on conflict (claim) do update set state = 'committed' where ledger.claim.state = 'held';
    delete from ledger.claim_line where claim in (select h ->> 'claim' from jsonb_array_elements(holdings) as h);
    insert into ledger.claim_line (claim, account, amount)
    select h ->> 'claim', l ->> 'account', ledger.amount_of(l -> 'amount')
    from jsonb_array_elements(holdings) as h, jsonb_array_elements(h -> 'lines') as l;
    for present_level in 0..3 loop
        update ledger.account a set used = counted.used
        from (
            select b.account, ledger.amount_plus(
                coalesce(claimed.amount, ledger.amount_zero()), coalesce(charged.amount, ledger.amount_zero())
            ) as used
            from ledger.account b
            left join (
                select l.account, ledger.amount_total(l.amount) as amount
                from ledger.claim_line l join ledger.claim c using (claim)
                where c.state in ('held', 'committed') group by l.account
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
