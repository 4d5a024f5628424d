"""The job queue on the ledger's database: Procrastinate, and what it needs so that a killed worker's job runs again.

The queue may run a job twice at once (a worker that was frozen): every effect of a job is fenced by its stack's epoch.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, UniqueViolation
from procrastinate.jobs import Job, Status

from broker.ledger.connect import Connection
from broker.ledger.statements import statements

HOUSEKEEPING = "housekeeping"
"""The queue of the tasks that keep the other queues going."""
APPLY = "apply"
"""Task and queue of bringing one stack to its target; its one argument is the stack's name."""
LOOK = "look"
"""Task and queue of looking at the registry: one look at a time over all machines, newer calls coalesce."""
DUTY = "duty"
"""Queue of what the daemon does by the clock."""
LOOK_PRIORITY, APPLY_PRIORITY, PREVIEW_PRIORITY, DRIFT_PRIORITY = 40, 30, 20, 10


@dataclass(frozen=True, slots=True)
class StackJob:
    """The newest job of a stack. `status`: todo (from `scheduled_at` on, if that is set), doing or failed."""

    stack: str
    status: str
    attempts: int
    scheduled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Pulse:
    """How often a worker shows that it lives, after what silence it counts as dead, and how often that is looked at.

    `dead_s` stands well above any pause of a living worker: what is taken for dead has its jobs run a second time.
    """

    beat_s: float = 10
    dead_s: float = 60
    look_s: int = 10
    poll_s: float = 5
    """How late a job that waits for its time may begin; one that is due at once is told by the database."""

    def __post_init__(self) -> None:
        if not (0 < 2 * self.beat_s <= self.dead_s and 1 <= self.look_s <= 59):  # noqa: PLR2004 - seconds of a minute
            raise ValueError(f"a worker is dead after two beats at least, looked for every 1 to 59 s, not {self}")

    @property
    def cron(self) -> str:
        """When to look. Procrastinate has the seconds in the sixth field."""
        return f"* * * * * */{self.look_s}"


def queue(dsn: str, pulse: Pulse) -> App:
    """A queue with its rescue task; the caller adds tasks and opens it. `migrate` must have run on the database."""
    app = App(connector=PsycopgConnector(conninfo=dsn))

    @app.periodic(cron=pulse.cron)
    @app.task(name="rescue", queue=HOUSEKEEPING, queueing_lock="rescue", pass_context=True)
    async def rescue(context: JobContext, timestamp: int) -> int:  # noqa: ARG001 - Procrastinate passes both
        """How many jobs of dead workers were put back: Procrastinate by itself leaves them `doing` for ever."""
        return await put_back(app, pulse)

    return app


async def put_back(app: App, pulse: Pulse) -> int:
    """How many jobs of dead workers are waiting again; one for whose stack another waits already is ended."""
    stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=pulse.dead_s))
    for job in stalled:
        await _put_back(app, job)
    return len(stalled)


async def _put_back(app: App, job: Job) -> None:
    try:
        await app.job_manager.retry_job(job)
    except UniqueViolation:
        await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)


async def defer(app: App, stack: str, *, in_s: int = 0, attempt: int = 1) -> bool:
    """Whether a job for the stack waits because of this call; False: one waited already, which will do the same."""
    job = app.configure_task(
        APPLY,
        queue=APPLY,
        lock=stack,
        queueing_lock=f"{APPLY}:{stack}",
        priority=APPLY_PRIORITY,
        schedule_in={"seconds": in_s} if in_s else None,
        allow_unknown=True,
    )
    try:
        await job.defer_async(stack=stack, attempt=attempt)
    except AlreadyEnqueued:
        return False
    return True


async def defer_look(app: App, *, moment: datetime | None = None, in_s: float = 0, attempt: int = 1) -> bool:
    """Whether a look waits because of this call; False: one waited already, which will see the same.

    A look for a `moment` is asked for once, however many machines know of it; it begins `in_s` from now. So is one that
    tries again (`attempt` above 1). Neither keeps another from looking at once.
    """
    which = f"@{moment.isoformat()}" if moment else ":again" if attempt > 1 else ""
    job = app.configure_task(
        LOOK,
        queue=LOOK,
        lock=LOOK,
        queueing_lock=f"{LOOK}{which}",
        priority=LOOK_PRIORITY,
        schedule_in={"seconds": in_s} if in_s > 0 else None,
        allow_unknown=True,
    )
    try:
        await job.defer_async(attempt=attempt)
    except AlreadyEnqueued:
        return False
    return True


def newest_jobs(conn: Connection) -> dict[str, StackJob]:
    """The newest job of every stack that has one which waits, runs or failed."""
    return {row["stack"]: StackJob(**row) for row in conn.execute(statements("jobs")["newest_jobs"])}


async def work(  # noqa: PLR0913 - each is named at the call
    app: App, pulse: Pulse, concurrency: int, queues: tuple[str, ...] = (), *, wait: bool = True, signals: bool = True
) -> None:
    """Nothing; runs jobs until it is cancelled or signalled, all queues or the named ones beside housekeeping.

    Not to `wait` ends it as soon as nothing is due. A signal, or being cancelled, lets the jobs that run come to their
    end. Without `signals` those of the process are somebody else's.
    """
    run = partial(
        app.run_worker_async,
        concurrency=concurrency,
        update_heartbeat_interval=pulse.beat_s,
        stalled_worker_timeout=pulse.dead_s,
        wait=wait,
        fetch_job_polling_interval=pulse.poll_s,
        install_signal_handlers=signals,
    )
    await (run(queues=[*queues, HOUSEKEEPING]) if queues else run())
