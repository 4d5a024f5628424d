-- audit --
-- Nothing; one entry as it was published.
insert into ledger.audit (seq, at, entry, leaf)
values (%(seq)s, %(at)s, %(entry)s, sha256('\x00'::bytea || %(entry)s));

-- lease --
-- Nothing; nobody holds the stack, and its next epoch is above this one.
insert into ledger.lease (stack, holder, epoch, until) values (%(stack)s, null, %(epoch)s, clock_timestamp());

-- stack --
-- Nothing; the stack was brought about once: its cloud holds what no state tells.
insert into ledger.stack (stack, epoch, clean) values (%(stack)s, %(epoch)s, false);

-- usage --
-- Nothing; what one resource took, from when to when.
insert into ledger.usage (
    stack, unit, system, zone, provider, resource, type, external_id, amount, running, started_at, ended_at
) values (
    %(stack)s, %(unit)s, %(system)s, %(zone)s, %(provider)s, %(resource)s, %(type)s, %(external_id)s,
    ledger.amount_of(%(amount)s), %(running)s, %(started_at)s, %(ended_at)s
);

-- message --
-- Nothing; a message, and when everybody had it if everybody has.
insert into ledger.message (key, topic, body, queued_at, done_at)
values (%(key)s, %(topic)s, %(body)s, %(queued_at)s, %(done_at)s)
on conflict (key) do nothing;

-- receipt --
-- Nothing; how a message ended on one channel, the last word of several.
insert into ledger.delivery (message, channel, addressees, done_at, failed_at)
values (%(message)s, %(channel)s, %(addressees)s, %(done_at)s, %(failed_at)s);

-- month --
-- Nothing; the facts of a closed month.
insert into ledger.closed_month (month, digest, facts, closed_at)
values (%(month)s, %(digest)s, %(facts)s, %(closed_at)s);

-- of_queue --
-- The statements that remove the job queue, whatever version it is.
select format('drop table %I.%I cascade', nspname, relname) as drop
from pg_class join pg_namespace n on n.oid = relnamespace where relname like 'procrastinate%' and relkind = 'r'
union all
select format('drop routine if exists %s cascade', p.oid::regprocedure)
from pg_proc p where proname like 'procrastinate%'
union all
select format('drop type if exists %I.%I cascade', nspname, typname)
from pg_type t join pg_namespace n on n.oid = typnamespace
where typname like 'procrastinate%' and (typtype = 'e' or exists (
    select from pg_class c where c.oid = typrelid and relkind = 'c'
));

-- claims --
-- What lives of claims, line by line.
select c.claim, c.state, l.account, to_jsonb(l.amount) as amount
from ledger.claim c join ledger.claim_line l using (claim)
where c.state in ('held', 'committed') and l.amount <> ledger.amount_zero() order by c.claim, l.account;

-- counters --
-- Limit and use of every account.
select account, to_jsonb(ceiling) as ceiling, to_jsonb(used) as used from ledger.account order by account;

-- cases --
-- Every document that was judged, with its outcome.
select sequence, document, admitted, extract(epoch from as_of)::text as as_of, record from ledger.admission
order by sequence;

-- stacks --
-- Every stack with what it was last brought to.
select stack, spec_digest, program_digest, clean from ledger.stack order by stack;

-- resources --
-- What is known of every cloud's resources.
select stack, urn, type, cloud, external_id, key, name, holds_data from ledger.resource order by stack, urn;

-- closed --
-- What resources took and take no more.
select stack, unit, resource, type, external_id, to_jsonb(amount) as amount, running,
    extract(epoch from started_at)::text as started_at, extract(epoch from ended_at)::text as ended_at
from ledger.usage where ended_at is not null order by stack, resource, external_id, started_at, ended_at;

-- open --
-- What resources take now.
select stack, unit, resource, type, external_id, to_jsonb(amount) as amount, running,
    extract(epoch from started_at)::text as started_at
from ledger.usage where ended_at is null order by stack, resource, external_id;

-- notices --
-- Every message, and whether everybody got it.
select key, topic, body, done_at is not null as told from ledger.message order by key;

-- receipts --
-- Every channel that took a message or was given up.
select message, channel, done_at is not null as took from ledger.delivery
where done_at is not null or failed_at is not null order by message, channel;

-- months --
-- Every closed month with the digest of its facts.
select month, digest from ledger.closed_month order by month;
