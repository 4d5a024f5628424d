"""The story of one operation on one stack: one CLI process, everything else here."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from broker.engine import inline, process, state, workspace
from broker.engine.binary import Binary
from broker.engine.command import Kind, arguments
from broker.engine.environment import closed_environment
from broker.engine.events import Diagnostic, Event
from broker.engine.inline import Inline, Served
from broker.engine.passphrase import Passphrase
from broker.engine.process import Exit
from broker.engine.scrub import Scrubber
from broker.engine.steps import Step
from broker.engine.story import Story
from broker.errors import EngineError
from stacks.spec import StackSpec

if TYPE_CHECKING:
    from stacks.provider.operation import Operation

DRAIN_S = 120.0
"""How long calls that are in the air when the CLI has ended may take: longer than any single HTTP timeout."""
_STREAM_S = 1.0
UNFINISHED = "not "
"""How the provider begins what it could not finish or look for after the run; anything else is a leftover's name."""


@dataclass(frozen=True, slots=True)
class Run:
    """What is to be done to a stack. `state` None: it is new. `spec` None: refresh, destroy, or a destroy's preview.

    `targets`: only these URNs; empty means all.
    """

    stack: str
    kind: Kind
    state: bytes | None
    spec: StackSpec | None
    passphrase: Passphrase
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended. `state` is what the ledger must keep, whether or not it went well.

    `clean` False: the cloud may hold what the state does not tell; the next run must be told so (`Operation.unclean`).
    `calls` are calls to the cloud's APIs, `seconds` the whole operation's wall time.
    """

    ok: bool
    clean: bool
    state: bytes
    changes: Mapping[str, int]
    steps: tuple[Step, ...]
    diagnostics: tuple[Diagnostic, ...]
    outputs: Mapping[str, Any]
    cancelled: bool
    calls: int
    adopted: tuple[str, ...]
    leftovers: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and with what an operation runs, who watches it, and what stops it (see `process.finish`)."""

    work: Path
    """A private folder of this operation; the caller removes it."""
    binary: Binary
    on_event: Callable[[Event], None]
    reached: Callable[[str], None]
    """Named steps for the kill test."""
    stop: asyncio.Event
    scrubber: Scrubber
    unclean: bool
    """The last operation did not end: what the state tells is read again from the cloud first."""


async def run(  # noqa: PLR0913 - the operation's parts, each named at the call
    run: Run,
    operation: "Operation",
    *,
    work: Path,
    binary: Binary,
    on_event: Callable[[Event], None],
    reached: Callable[[str], None],
    stop: asyncio.Event | None = None,
) -> Outcome:
    """What became of the operation on a real cloud. A run that Pulumi fails is an Outcome, not an error.

    Raises:
        EngineError: The operation does not fit the state, or another CLI still works in the folder.
        ToolMissing: The CLI does not start.
    """
    check(run, operation)
    scrubber = Scrubber()
    setting = Setting(work, binary, on_event, reached, stop or asyncio.Event(), scrubber, operation.unclean)
    return await operate(run, lambda: real(run.spec, listening(operation, scrubber)), setting)


async def operate(run: Run, make: Callable[[], Served], setting: Setting) -> Outcome:
    """What became of the operation with the given provider and program, made while the CLI boots."""
    begun = time.monotonic()
    story = Story(setting.scrubber, setting.on_event)

    # 1. The state as the ledger has it, in a private file backend.
    restored = state.without_pending(run.state) if run.state else state.new(run.stack, run.passphrase.salt)
    space = await asyncio.to_thread(workspace.prepare, setting.work, run.stack, restored)
    setting.reached("engine:restored")

    # 2. A port, so that the CLI can be started before anything slow is imported.
    bound = inline.bind()
    cli = await process.start(
        setting.binary.path,
        _arguments(run, bound.port, setting),
        environment=closed_environment(space, run.passphrase, bound.port),
        folder=space.root,
    )
    setting.reached("engine:started")

    # 3. Provider and program while it boots; 4. until it ends; 5. until the cloud has answered all that was asked.
    ended, served = await _attend(cli, bound, make, story, setting)
    setting.reached("engine:ended")

    # 6. What the ledger must keep.
    kept = await asyncio.to_thread(workspace.read_back, space)
    if ended.code:
        story.last_words(ended.stderr)
    outcome = _outcome(ended, story, served, state.without_pending(kept or restored), time.monotonic() - begun)
    return replace(outcome, clean=_clean(run, outcome, story, setting))


def check(run: Run, operation: "Operation") -> None:
    """Refuse an operation that was not made for this state: a known id that is forgotten would be adopted twice.

    Raises:
        EngineError: The operation forgets ids of the state, its permit is for another state, or a spec is missing.
    """
    if run.spec is None and run.kind is Kind.UP:
        raise EngineError(f"bringing up {run.stack}: there is no spec; to remove a stack ask for destroy")
    if run.state is None:
        return
    if forgotten := state.known_ids(run.state) - operation.known_ids:
        raise EngineError(
            f"running {run.kind} of {run.stack}: the operation does not know {len(forgotten)} ids of the state; "
            f"take Operation.known_ids from state.known_ids of the very bytes that are run"
        )
    permitted = operation.permit.state_digest
    if run.kind is not Kind.PREVIEW and operation.permit.urns and permitted != state.digest(run.state):
        raise EngineError(f"running {run.kind} of {run.stack}: the state changed since it was permitted; preview again")


def listening(operation: "Operation", scrubber: Scrubber) -> "Operation":
    """The operation, with what a cloud hands over also told to the scrubber."""

    def hand_over(what: str, fields: Mapping[str, str]) -> None:
        scrubber.learn(fields.values())
        operation.hand_over(what, fields)

    return replace(operation, hand_over=hand_over)


def real(spec: StackSpec | None, operation: "Operation") -> Served:
    """The provider for a real cloud and the program of the spec; without one, that of an empty stack."""
    # Importing these takes longer than the CLI needs to boot: not before it is started.
    from stacks.program.awaited import awaited_by_servers  # noqa: PLC0415 - see above
    from stacks.program.build import build  # noqa: PLC0415 - see above
    from stacks.program.language import Program  # noqa: PLC0415 - see above
    from stacks.provider.precedence import Precedence  # noqa: PLC0415 - see above
    from stacks.provider.servicer import Provider  # noqa: PLC0415 - see above

    try:
        resources = build(spec) if spec else ()
    except ValueError as error:  # a spec that contradicts itself or breaks a rule; nothing has been registered
        raise EngineError(str(error)) from error
    precedence = Precedence(awaited_by_servers(resources))
    provider = Provider(operation, precedence)
    provider.start()
    return Served(provider, Program(resources, precedence.arrived))


def _arguments(run: Run, port: int, setting: Setting) -> tuple[str, ...]:
    reread = ("--refresh",) if setting.unclean and run.kind in {Kind.PREVIEW, Kind.UP} else ()
    targets = tuple(argument for urn in run.targets for argument in ("--target", urn))
    removal = run.kind is Kind.PREVIEW and run.spec is None
    return arguments(run.kind, run.stack, port, removal=removal, more=reread + targets)


async def _attend(
    cli: asyncio.subprocess.Process, bound: Inline, make: Callable[[], Served], story: Story, setting: Setting
) -> tuple[Exit, Served]:
    """The CLI's end and what was served. Whatever happens, the process, its calls and the server are ended too."""
    served = None
    try:
        served = make()
        stream_ended = await inline.serve(bound, served, story.tell)
        setting.reached("engine:serving")
        ended = await process.finish(cli, setting.stop)
        if ended.code >= 0 and story.summary is None:
            await _settle(stream_ended)
    finally:
        await process.kill(cli)
        if served is not None:
            # The server cancels a method when its caller dies, the call to the cloud goes on: it must land first.
            await asyncio.shield(served.provider.drain(DRAIN_S))
        await bound.server.stop(None)
    return ended, served


async def _settle(stream_ended: asyncio.Event) -> None:
    """Give the last events the time to arrive; a CLI that gave up early never opens the stream."""
    try:
        await asyncio.wait_for(stream_ended.wait(), _STREAM_S)
    except TimeoutError:
        return


def _clean(run: Run, outcome: Outcome, story: Story, setting: Setting) -> bool:
    """Whether the state tells all that the cloud holds. In doubt it does not: that costs the next run a few seconds."""
    if run.kind is Kind.PREVIEW or (setting.unclean and not outcome.ok):
        return not setting.unclean
    unfinished = any(left.startswith(UNFINISHED) for left in outcome.leftovers)
    return story.summary is not None and not story.summary.maybe_corrupt and not outcome.cancelled and not unfinished


def _outcome(ended: Exit, story: Story, served: Served, kept: bytes, seconds: float) -> Outcome:
    summary = story.summary
    return Outcome(
        ok=ended.code == 0,
        clean=False,
        state=kept,
        changes=dict(summary.changes) if summary else {},
        steps=story.steps,
        diagnostics=story.diagnostics,
        outputs=state.outputs(kept),
        cancelled=ended.stopped,
        calls=served.provider.calls,
        adopted=tuple(served.provider.adopted),
        leftovers=tuple(served.provider.leftovers),
        seconds=seconds,
    )
