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
