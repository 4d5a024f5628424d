-- An amount is a vector of whole numbers, the same as quotas.Amount; GiB are 2^30 bytes, Mbps 10^6 bit/s.
-- A delta has the same parts and may be negative.

create type ledger.amount as (
    vcpu bigint,
    memory_gib bigint,
    block_gib bigint,
    block_high_performance_gib bigint,
    object_gib bigint,
    bandwidth_mbps bigint,
    public_addresses bigint
);

create function ledger.amount_zero() returns ledger.amount language sql immutable parallel safe as
$$ select row(0, 0, 0, 0, 0, 0, 0)::ledger.amount $$;

create function ledger.amount_of(parts jsonb) returns ledger.amount language sql immutable parallel safe as
$$ select jsonb_populate_record(ledger.amount_zero(), coalesce(parts, '{}'::jsonb)) $$;

create function ledger.amount_plus(a ledger.amount, b ledger.amount) returns ledger.amount
language sql immutable parallel safe as $$
    select row(
        (a).vcpu + (b).vcpu,
        (a).memory_gib + (b).memory_gib,
        (a).block_gib + (b).block_gib,
        (a).block_high_performance_gib + (b).block_high_performance_gib,
        (a).object_gib + (b).object_gib,
        (a).bandwidth_mbps + (b).bandwidth_mbps,
        (a).public_addresses + (b).public_addresses
    )::ledger.amount
$$;

create function ledger.amount_minus(a ledger.amount, b ledger.amount) returns ledger.amount
language sql immutable parallel safe as $$
    select row(
        (a).vcpu - (b).vcpu,
        (a).memory_gib - (b).memory_gib,
        (a).block_gib - (b).block_gib,
        (a).block_high_performance_gib - (b).block_high_performance_gib,
        (a).object_gib - (b).object_gib,
        (a).bandwidth_mbps - (b).bandwidth_mbps,
        (a).public_addresses - (b).public_addresses
    )::ledger.amount
$$;

create function ledger.amount_larger(a ledger.amount, b ledger.amount) returns ledger.amount
language sql immutable parallel safe as $$
    select row(
        greatest((a).vcpu, (b).vcpu),
        greatest((a).memory_gib, (b).memory_gib),
        greatest((a).block_gib, (b).block_gib),
        greatest((a).block_high_performance_gib, (b).block_high_performance_gib),
        greatest((a).object_gib, (b).object_gib),
        greatest((a).bandwidth_mbps, (b).bandwidth_mbps),
        greatest((a).public_addresses, (b).public_addresses)
    )::ledger.amount
$$;

-- False, never null, where a part is missing: a CHECK lets null through.
create function ledger.amount_covers(a ledger.amount, b ledger.amount) returns boolean
language sql immutable parallel safe as $$
    select coalesce(
        (a).vcpu >= (b).vcpu
        and (a).memory_gib >= (b).memory_gib
        and (a).block_gib >= (b).block_gib
        and (a).block_high_performance_gib >= (b).block_high_performance_gib
        and (a).object_gib >= (b).object_gib
        and (a).bandwidth_mbps >= (b).bandwidth_mbps
        and (a).public_addresses >= (b).public_addresses,
        false
    )
$$;

create aggregate ledger.amount_total(ledger.amount) (
    sfunc = ledger.amount_plus,
    stype = ledger.amount,
    initcond = '(0,0,0,0,0,0,0)',
    parallel = safe
);
