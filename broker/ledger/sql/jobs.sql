-- newest_jobs --
-- The newest job of every stack that has one which waits, runs, or failed.
select stack, status, attempts, scheduled_at from (
    select distinct on (lock) lock as stack, status::text as status, attempts, scheduled_at
    from procrastinate_jobs where task_name = 'apply' and lock is not null order by lock, id desc
) as newest where status in ('todo', 'doing', 'failed') order by stack;
