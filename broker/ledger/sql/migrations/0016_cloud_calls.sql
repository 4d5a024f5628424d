-- Calls of all processes to the clouds since the ledger was made. Counters: nothing is judged by them.

create table ledger.cloud_calls (
    cloud text not null,
    api text not null,                              -- of a service: network, compute, s3, …
    calls bigint not null,                          -- sent, those that were put off too
    put_off bigint not null,                        -- of them those that the cloud put off
    waits bigint not null,                          -- calls that had to wait, for others or for the cloud
    waited_s double precision not null,
    primary key (cloud, api)
);
