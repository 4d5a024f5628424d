-- What the daemon does by itself: the newest run of each duty, whichever machine did it.

create table ledger.duty (
    name text primary key,
    at timestamptz not null,                        -- when it last ended
    ok boolean not null,
    told text not null,                             -- what it did, or why it could not
    since timestamptz not null,                     -- since when it has been ok, or not
    next_at timestamptz                             -- the next moment at which something changes by date
);
