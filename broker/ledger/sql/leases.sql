-- acquire --
-- The lease if it is ours now; no row if somebody else holds it.
select stack, holder, epoch, until from ledger.lease_acquire_v1(%(stack)s, %(holder)s, make_interval(secs => %(ttl_s)s));

-- present --
-- The stack's lease, whoever holds it and whether or not it is over.
select stack, holder, epoch, until from ledger.lease where stack = %(stack)s;

-- renew --
-- The lease, longer; no row if it is over or another's.
update ledger.lease set until = clock_timestamp() + make_interval(secs => %(ttl_s)s)
where stack = %(stack)s and holder = %(holder)s and epoch = %(epoch)s and until > clock_timestamp()
returning stack, holder, epoch, until;

-- release --
-- Nobody holds the lease any more, if it was ours.
update ledger.lease set holder = null, until = clock_timestamp()
where stack = %(stack)s and holder = %(holder)s and epoch = %(epoch)s;

-- fence --
-- Nothing, or the error GC001 if the epoch is not the present one.
select ledger.fence_v1(%(stack)s, %(holder)s, %(epoch)s);

-- holder --
-- Who has the lease now; no row if nobody has.
select holder from ledger.lease where stack = %(stack)s and holder is not null and until > clock_timestamp();

-- idle --
-- A row, locked, if nobody has the lease and the epoch is still this one.
select stack from ledger.lease
where stack = %(stack)s and epoch = %(epoch)s and (holder is null or until <= clock_timestamp())
for update;
