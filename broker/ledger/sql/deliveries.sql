-- put --
-- Nothing; the message waits to be sent, unless one of its key was put before.
insert into ledger.message (key, topic, body) values (%(key)s, %(topic)s, %(body)s) on conflict do nothing;

-- open --
-- Messages that somebody has not got yet, the oldest first.
select key, topic, body, queued_at from ledger.message where done_at is null order by queued_at, key;

-- message --
-- One message, open or not.
select key, topic, body, queued_at from ledger.message where key = %(key)s;

-- told --
-- The newest messages that everybody got.
select key, topic, body, queued_at from ledger.message where done_at is not null
order by done_at desc, key limit %(limit)s;

-- deliveries_of --
-- How these messages stand on their channels.
select id, message, channel, addressees, attempts, due_at, done_at, failed_at, last_error from ledger.delivery
where message = any (%(keys)s) order by message, id;

-- counted --
-- What became of the deliveries of each channel.
select d.channel,
    count(*) filter (where d.done_at is null and d.failed_at is null and m.done_at is null) as queued,
    count(*) filter (where d.done_at is not null) as delivered,
    count(*) filter (where d.failed_at is not null and m.done_at is null) as failed,
    min(m.queued_at) filter (where d.done_at is null and d.failed_at is null and m.done_at is null) as oldest
from ledger.delivery d join ledger.message m on m.key = d.message
group by d.channel order by d.channel;

-- plan --
-- Nothing; the message goes over the channel too, for these as well.
insert into ledger.delivery (message, channel, addressees) values (%(message)s, %(channel)s, %(addressees)s)
on conflict (message, channel) do update
set addressees = array(select distinct unnest(ledger.delivery.addressees || excluded.addressees) order by 1);

-- take --
-- One delivery that is due, now taken: nobody else gets it before the lease is over.
update ledger.delivery set
    attempts = attempts + 1,
    due_at = clock_timestamp() + make_interval(secs => %(lease_s)s)
where id = (
    select id from ledger.delivery
    where done_at is null and failed_at is null and due_at <= clock_timestamp() and channel <> all (%(without)s)
    and exists (select from ledger.message m where m.key = delivery.message and m.done_at is null)
    order by due_at, id limit 1 for update skip locked
)
returning id, message, channel, addressees, attempts, due_at, done_at, failed_at, last_error;

-- delivered --
-- Nothing; the channel took it. True whoever holds it by now.
update ledger.delivery set done_at = %(at)s, failed_at = null, last_error = ''
where id = %(id)s and done_at is null;

-- postpone --
-- Nothing; it is given out again later, if nobody took it meanwhile.
update ledger.delivery set
    last_error = %(error)s,
    due_at = clock_timestamp() + make_interval(secs => %(after_s)s)
where id = %(id)s and done_at is null and failed_at is null and attempts = %(attempts)s;

-- fail --
-- Nothing; it is not tried again, if nobody took it meanwhile.
update ledger.delivery set failed_at = %(at)s, last_error = %(error)s
where id = %(id)s and done_at is null and failed_at is null and attempts = %(attempts)s;

-- retry --
-- Nothing; what was given up or waits for its next try is due now.
update ledger.delivery set failed_at = null, attempts = 0, due_at = clock_timestamp()
where message = %(message)s and done_at is null;

-- finish --
-- Nothing; everybody got the message.
update ledger.message set done_at = %(at)s where key = %(key)s and done_at is null;
