"""The job queue on the ledger's database: Procrastinate, and what it needs so that a killed worker's job runs again.

The queue may run a job twice at once (a worker that was frozen): every effect of a job is fenced by its stack's epoch.
"""

from dataclasses import dataclass
from functools import partial

from procrastinate import App, JobContext, PsycopgConnector

HOUSEKEEPING = "housekeeping"
"""The queue of the tasks that keep the other queues going."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """How often a worker shows that it lives, after what silence it counts as dead, and how often that is looked at.

    `dead_s` stands well above any pause of a living worker: what is taken for dead has its jobs run a second time.
    """

    beat_s: float = 10
    dead_s: float = 60
    look_s: int = 10

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
        stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=pulse.dead_s))
        for job in stalled:
            await app.job_manager.retry_job(job)
        return len(stalled)

    return app


async def work(app: App, pulse: Pulse, concurrency: int, queues: tuple[str, ...] = ()) -> None:
    """Nothing; runs jobs until it is cancelled or signalled, all queues or the named ones beside housekeeping."""
    run = partial(
        app.run_worker_async,
        concurrency=concurrency,
        update_heartbeat_interval=pulse.beat_s,
        stalled_worker_timeout=pulse.dead_s,
    )
    await (run(queues=[*queues, HOUSEKEEPING]) if queues else run())
