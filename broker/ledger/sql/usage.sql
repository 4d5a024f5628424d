-- open --
-- What the stack's resources take now.
select stack, unit, system, zone, provider, resource, type, external_id, to_jsonb(amount) as amount, running,
    started_at, ended_at
from ledger.usage where stack = %(stack)s and ended_at is null order by resource, external_id;

-- begin --
-- Nothing; from this moment on the resource takes this amount.
insert into ledger.usage (
    stack, unit, system, zone, provider, resource, type, external_id, amount, running, started_at
) values (
    %(stack)s, %(unit)s, %(system)s, %(zone)s, %(provider)s, %(resource)s, %(type)s, %(external_id)s,
    ledger.amount_of(%(amount)s), %(running)s, %(at)s
);

-- end --
-- The resource took this until now, or until it began where that is said to be later: which of both.
update ledger.usage set ended_at = greatest(started_at, %(at)s)
where stack = %(stack)s and resource = %(resource)s and external_id = %(external_id)s and ended_at is null
returning ended_at;

-- between --
-- What resources took in a span of time, oldest first, not cut to it; what took no time is left out.
select stack, unit, system, zone, provider, resource, type, external_id, to_jsonb(amount) as amount, running,
    started_at, ended_at
from ledger.usage
where started_at < %(end)s and (ended_at is null or ended_at > %(start)s) and ended_at is distinct from started_at
order by started_at, stack, resource, external_id;

-- settled --
-- The latest moment, no later than one, before which no run that goes on may still say that something ended.
select least(%(until)s::timestamptz, min(event.at)) as settled
from ledger.event join ledger.lease using (stack, epoch)
where lease.holder is not null and lease.until > clock_timestamp();

-- totals --
-- What each deployment took from the first day of metering to a moment: of each resource the amount times its seconds.
select unit, system, zone, provider,
    sum((amount).vcpu * seconds)::double precision as vcpu,
    sum((amount).memory_gib * seconds)::double precision as memory_gib,
    sum((amount).block_gib * seconds)::double precision as block_gib,
    sum((amount).block_high_performance_gib * seconds)::double precision as block_high_performance_gib,
    sum((amount).object_gib * seconds)::double precision as object_gib,
    sum((amount).bandwidth_mbps * seconds)::double precision as bandwidth_mbps,
    sum((amount).public_addresses * seconds)::double precision as public_addresses
from ledger.usage, extract(epoch from least(coalesce(ended_at, %(until)s), %(until)s) - started_at) as seconds
where started_at < %(until)s
group by unit, system, zone, provider order by unit, system, zone, provider;
