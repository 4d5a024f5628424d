-- receive --
-- The first moment at which the document was seen, be it now or earlier.
with first as (
    insert into ledger.receipt (document, received_at, branch) values (%(document)s, %(at)s, %(branch)s)
    on conflict do nothing returning received_at
)
select received_at from first
union all
select received_at from ledger.receipt where document = %(document)s
limit 1;

-- received --
-- Every document with the first moment at which it was seen.
select document, received_at from ledger.receipt;

-- admit --
-- Nothing; the outcome is kept, unless it is already.
insert into ledger.admission (sequence, document, admitted, as_of, record)
values (%(sequence)s, %(document)s, %(admitted)s, %(as_of)s, %(record)s)
on conflict do nothing;

-- admission_of --
-- The outcome of one document or at one place of the sequence.
select sequence, document, admitted, as_of, record, pushed
from ledger.admission where document = %(document)s or sequence = %(sequence)s;

-- admissions --
-- Every outcome in the order of admission.
select sequence, document, admitted, as_of, record, pushed from ledger.admission order by sequence;

-- unpushed --
-- Outcomes that are not known to be on the records branch, in the order of admission.
select sequence, document, admitted, as_of, record, pushed from ledger.admission where not pushed order by sequence;

-- pushed --
-- Nothing; these outcomes are on the records branch.
update ledger.admission set pushed = true where sequence = any (%(sequences)s);

-- append_event --
-- Nothing; one line of what happened to a stack.
insert into ledger.event (stack, epoch, at, kind, body)
values (%(stack)s, %(epoch)s, %(at)s, %(kind)s, %(body)s);

-- events_of --
-- What happened to a stack, oldest first, after a known line.
select seq, stack, epoch, at, kind, body from ledger.event
where stack = %(stack)s and seq > %(after)s order by seq limit %(limit)s;

-- last_events --
-- The last lines of a stack, oldest first.
select seq, stack, epoch, at, kind, body from (
    select * from ledger.event where stack = %(stack)s order by seq desc limit %(limit)s
) as newest order by seq;

-- lost_removals --
-- What went of a stack's content in lost runs, in no record: the last line of each thing; what is there still counts 0.
select * from (
    select distinct on (epoch, body ->> 'resource') seq, stack, epoch, at, kind, body from ledger.event
    where exists (select from ledger.stack where stack = %(stack)s and not clean)
    and stack = %(stack)s and kind = 'removed' and epoch < %(epoch)s and epoch > coalesce(
        (select max(epoch) from ledger.event where stack = %(stack)s and kind = 'recorded'), 0
    )
    order by epoch, body ->> 'resource', seq desc
) as newest where (body ->> 'count')::bigint > 0 order by epoch, body ->> 'resource';

-- last_errors --
-- Of every stack the first error of the newest run that had one; one that names its resource before others.
select distinct on (stack) seq, stack, epoch, at, kind, body from ledger.event
where kind = 'error' order by stack, epoch desc, (body ->> 'resource' = ''), seq;

-- clear_resources --
-- Nothing; the stack's index is empty.
delete from ledger.resource where stack = %(stack)s;

-- add_resource --
-- Nothing; one resource of the stack.
insert into ledger.resource (stack, urn, type, cloud, external_id, key, name, holds_data)
values (%(stack)s, %(urn)s, %(type)s, %(cloud)s, %(external_id)s, %(key)s, %(name)s, %(holds_data)s);

-- resources_of --
-- The resources of a stack, by URN.
select stack, urn, type, cloud, external_id, key, name, holds_data
from ledger.resource where stack = %(stack)s order by urn;

-- resources_on --
-- The resources of all stacks on a cloud, by stack and URN.
select stack, urn, type, cloud, external_id, key, name, holds_data
from ledger.resource where cloud = %(cloud)s order by stack, urn;

-- meter --
-- Nothing; from this moment on the deployment is allocated this amount.
select ledger.interval_set_v1(
    %(unit)s, %(system)s, %(zone)s, %(provider)s, ledger.amount_of(%(amount)s), %(since)s
);

-- intervals --
-- The allocations that overlap a span of time, oldest first.
select unit, system, zone, provider, to_jsonb(amount) as amount, started_at, ended_at from ledger.interval
where started_at < %(end)s and (ended_at is null or ended_at > %(start)s)
order by started_at, system, zone, provider;

-- audit_append --
-- The index of the new entry.
select ledger.audit_append_v1(%(at)s, %(entry)s) as seq;

-- audit_entries --
-- Entries from an index on, in order.
select seq, entry, leaf from ledger.audit where seq >= %(start)s order by seq limit %(limit)s;

-- audit_leaves --
-- The leaf hashes of the first entries, in order.
select leaf from ledger.audit where seq < %(size)s order by seq;

-- audit_size --
-- The number of entries.
select count(*) as size from ledger.audit;

-- audit_rows --
-- Every entry with what the database keeps beside it, in order.
select seq, at, entry, leaf from ledger.audit order by seq;

-- audit_since --
-- Every entry from an index on, in order.
select entry from ledger.audit where seq >= %(start)s order by seq;

-- audit_waiting --
-- How many entries there are from an index on, and the age of the first of them.
select count(*) as entries, coalesce(extract(epoch from clock_timestamp() - min(kept_at)), 0)::float8 as age_s
from ledger.audit where seq >= %(start)s;
