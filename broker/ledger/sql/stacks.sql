-- load --
-- All that is known of one stack.
select stack, epoch, state, spec_digest, program_digest, provider_digest, clean, applied_at
from ledger.stack where stack = %(stack)s;

-- begin --
-- The stack is marked unclean: from now on the cloud may hold what the state does not tell.
insert into ledger.stack (stack, epoch, clean) values (%(stack)s, %(epoch)s, false)
on conflict (stack) do update set epoch = excluded.epoch, clean = false;

-- save --
-- State and digests of the stack.
insert into ledger.stack (stack, epoch, state, spec_digest, program_digest, provider_digest, clean, applied_at)
values (%(stack)s, %(epoch)s, %(state)s, %(spec)s, %(program)s, %(provider)s, %(clean)s, %(at)s)
on conflict (stack) do update set
    epoch = excluded.epoch,
    state = excluded.state,
    spec_digest = excluded.spec_digest,
    program_digest = excluded.program_digest,
    provider_digest = excluded.provider_digest,
    clean = excluded.clean,
    applied_at = excluded.applied_at;

-- forget --
-- The stack is gone; its lease stays, so that its epochs go on.
delete from ledger.stack where stack = %(stack)s;

-- summaries --
-- Every stack with who works on it now and how it was left, without its state; also one that is begun and never saved.
select l.stack, coalesce(s.spec_digest, '') as spec_digest, coalesce(s.clean, false) as clean, s.applied_at,
    coalesce(s.epoch, 0) as epoch, case when l.until > clock_timestamp() then coalesce(l.holder, '') else '' end as holder
from ledger.lease l left join ledger.stack s using (stack) where s.stack is not null or l.holder is not null
order by l.stack;

-- digests --
-- The digests of every stack, without their states.
select stack, spec_digest, program_digest, provider_digest, clean from ledger.stack;

-- seen --
-- Every stack without its state, for those who only watch.
select stack, spec_digest, clean, applied_at from ledger.stack;
