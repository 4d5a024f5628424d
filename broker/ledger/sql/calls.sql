-- add --
-- Nothing; so many calls more were sent to a service of a cloud.
insert into ledger.cloud_calls as kept (cloud, api, calls, put_off, waits, waited_s)
values (%(cloud)s, %(api)s, %(calls)s, %(put_off)s, %(waits)s, %(waited_s)s)
on conflict (cloud, api) do update set
    calls = kept.calls + excluded.calls,
    put_off = kept.put_off + excluded.put_off,
    waits = kept.waits + excluded.waits,
    waited_s = kept.waited_s + excluded.waited_s;

-- all --
-- What became of the calls to every service that was ever called.
select cloud, api, calls, put_off, waits, waited_s from ledger.cloud_calls order by cloud, api;
