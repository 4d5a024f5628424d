"""What applying works with, on a real ledger and the cloud in a folder: every write to that cloud passes the fence."""

import asyncio
import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
from psycopg_pool import ConnectionPool

from broker.engine import passphrase, state
from broker.engine.binary import Binary, How
from broker.engine.events import Event
from broker.engine.inline import Served
from broker.engine.run import Outcome, Run, Setting, operate
from broker.engine.scrub import Scrubber
from broker.leaving.evidence import Emptied
from broker.ledger.connect import Connection
from broker.plan.target import Target
from broker.shelf import PostgresShelf
from broker.workshop import Workshop
from stacks import spec as specs
from stacks.program.language import Program
from stacks.provider.operation import Fenced, Operation, Permit
from stacks.provider.resource_type import Refused
from stacks.resource import Resource
from tests.integration.engine.memory_cloud import MemoryCloud, MemoryProvider
from tools import pulumi_cli

CLOUD = specs.CloudTarget("a", "a", "Default", "r", "public", specs.ObjectStoreKind.SWIFT, "a", sandbox=True)
SPEC = specs.StackSpec(
    system="erp",
    unit="works",
    zone="internet",
    provider="jc-a",
    stage="test",
    request_number="1",
    cloud=CLOUD,
    power=specs.Power.RUNNING,
    quota=specs.ProjectQuota(0, 0, 0, 0, 0, (), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    subnet=specs.Subnet("10.0.0.0/24", "10.0.0.1"),
    bandwidth_mbps=0,
    gateway_kbps=0,
    routed=False,
    tiers=(),
    public_addresses=(),
    buckets=(),
)
AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
PROGRAM = "program"


class FencedProvider(MemoryProvider):
    """Asks the fence right before every write, as the real provider does, and names its steps."""

    def __init__(self, cloud: MemoryCloud, operation: Operation) -> None:
        super().__init__(cloud, operation.known_ids, operation.permit.urns)
        self.operation = operation

    async def Create(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        if not request.preview:
            await self._write(f"create:{request.name}:before-call", context)
        return await super().Create(request, context)

    async def Update(self, request: Any, context: Any) -> Any:  # noqa: N802 - as above
        if not request.preview:
            await self._write(f"update:{request.name}:before-call", context)
        return await super().Update(request, context)

    async def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802 - as above
        await self._write(f"delete:{request.name}:before-call", context)
        return await super().Delete(request, context)

    async def _write(self, step: str, context: Any) -> None:
        self.operation.reached(step)
        try:
            if self.operation.before_writes:
                await self.operation.before_writes()
        except Refused as error:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        try:
            self.operation.fence()
        except Fenced as error:
            await context.abort(grpc.StatusCode.ABORTED, str(error))


@dataclass(frozen=True, slots=True)
class Bench:
    """One deployment: where the cloud is, who works, how long a lease lasts, and what is told of each named step."""

    pool: ConnectionPool[Connection]
    folder: Path
    holder: str
    lease_s: float = 60
    reached: Callable[[str], None] = lambda _step: None
    clock: Callable[[], datetime] = lambda: AT

    @property
    def cloud(self) -> MemoryCloud:
        place = self.folder / "cloud"
        place.mkdir(exist_ok=True)
        return MemoryCloud(place)

    @property
    def shelf(self) -> PostgresShelf:
        return PostgresShelf(
            pool=self.pool,
            holder=self.holder,
            lease_s=self.lease_s,
            program_digest=PROGRAM,
            once_provisioned=frozenset(),
            clock=self.clock,
        )

    def workshop(self, resources: Sequence[Resource]) -> Workshop:
        found = pulumi_cli.ensure()
        return Workshop(
            shelf=self.shelf,
            engine=self._engine(resources),
            clock=self.clock,
            binary=Binary(found.path, found.version, How.CACHE),
            passphrase=passphrase.ensure(self.folder / "secrets"),
            lease_s=self.lease_s,
            operation=self._operation,
            emptied=_holds_no_content,
            left=_lists_nothing,
            still_there=_has_none_of_it,
            folder=self._work,
            reached=self.reached,
            stop=asyncio.Event(),
        )

    def _engine(self, resources: Sequence[Resource]) -> Any:
        async def engine(  # noqa: PLR0913 - the engine's own parameters
            run: Run,
            operation: Operation,
            *,
            work: Path,
            binary: Binary,
            on_event: Callable[[Event], None],
            reached: Callable[[str], None],
            stop: asyncio.Event | None = None,
        ) -> Outcome:
            setting = Setting(work, binary, on_event, reached, stop or asyncio.Event(), Scrubber(), operation.unclean)
            wanted = resources if run.spec else ()
            return await operate(run, lambda: Served(FencedProvider(self.cloud, operation), Program(wanted)), setting)

        return engine

    def _operation(self, target: Target, fence: Callable[[], None]) -> Operation:
        return Operation(
            target=target.cloud,
            project_name=target.project_name,
            known_ids=frozenset(),
            unclean=False,
            permit=Permit(),
            fence=fence,
            hand_over=lambda _what, _fields: None,
            connect=lambda: None,  # type: ignore[arg-type,return-value]  # nobody connects to a folder
            reached=self.reached,
        )

    @contextlib.contextmanager
    def _work(self, stack: str) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix=stack, dir=self.folder) as folder:
            yield Path(folder)


def target(digest: str = "first", *, gone: bool = False) -> Target:
    """The stack as it must be; what is in it is what the workshop's engine is given."""
    return Target(
        stack=SPEC.name,
        spec=None if gone else replace(SPEC, request_number=digest),
        digest="" if gone else digest,
        covered=None if gone else frozenset(),
        cloud=CLOUD,
        project_name=SPEC.project_name,
        documents=("a-form",),
        unit=SPEC.unit,
    )


def server(name: str, **properties: object) -> Resource:
    return Resource("govcloud:test:Server", name, {"name": name, "image": "a", **properties})


def urns(kept: bytes | None) -> set[str]:
    return {resource.name for resource in state.held(kept)} if kept else set()


async def _holds_no_content(_target: Target, _operation: Operation, _stop: asyncio.Event, _went: Any) -> Emptied:
    """Resources in memory have no content beside themselves."""
    return Emptied("", (), ())


async def _has_none_of_it(*_asked: Any) -> Any:
    """There is no cloud that could list anything."""
    return ()


async def _lists_nothing(*_asked: Any) -> tuple[str, ...]:
    """There is no cloud that could list anything."""
    return ()
