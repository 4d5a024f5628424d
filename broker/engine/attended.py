"""`broker pulumi -- …`: the real CLI driven by a person, with state, passphrase, provider and program at hand."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from broker.engine import inline, state, workspace
from broker.engine.binary import Binary
from broker.engine.command import Kind
from broker.engine.command import inline as inline_arguments
from broker.engine.environment import pulumi_environment, without_credentials
from broker.engine.inline import Served
from broker.engine.passphrase import Passphrase
from broker.engine.run import DRAIN_S, real
from broker.errors import EngineError
from stacks.spec import StackSpec

if TYPE_CHECKING:
    from stacks.provider.operation import Operation

_SERVED = frozenset(kind.value for kind in Kind)
_ON_STACK = frozenset({"export", "history", "output", "state"})


@dataclass(frozen=True, slots=True)
class Attended:
    """How a person's command ended. `state` is to be saved if it differs; None: the stack was removed."""

    code: int
    state: bytes | None


async def attended(  # noqa: PLR0913 - each part named at the call
    arguments: tuple[str, ...],
    stack: str,
    restored: bytes | None,
    make: Callable[[], Served],
    *,
    passphrase: Passphrase,
    work: Path,
    binary: Binary,
    inherited: Mapping[str, str],
) -> Attended:
    """What became of the person's command, run at their terminal. The caller holds the stack's lease and saves `state`.

    Raises:
        EngineError: Another CLI still works in the folder.
    """
    restored = restored or state.new(stack, passphrase.salt)
    space = await asyncio.to_thread(workspace.prepare, work, stack, state.without_pending(restored))
    bound = inline.bind()
    served = make()
    await inline.serve(bound, served, _unheard)
    environment = without_credentials(inherited) | pulumi_environment(space, passphrase, bound.port)
    try:
        code = await _at_the_terminal(
            (str(binary.path), *completed(arguments, stack, bound.port)), environment, space.root
        )
    finally:
        await asyncio.shield(served.provider.drain(DRAIN_S))
        await bound.server.stop(None)
    kept = await asyncio.to_thread(workspace.read_back, space)
    return Attended(code, state.without_pending(kept) if kept else None)


def run_with(operation: "Operation", spec: StackSpec | None) -> Callable[[], Served]:
    """What makes the provider and the program of a stack: those of the broker's own runs."""
    return lambda: real(spec, operation)


def completed(arguments: tuple[str, ...], stack: str, port: int) -> tuple[str, ...]:
    """The person's arguments with the stack named, and for an operation also where the program is served.

    Raises:
        EngineError: They name a stack themselves: only the one that was restored is there.
    """
    if any(argument in {"-s", "--stack"} or argument.startswith("--stack=") for argument in arguments):
        raise EngineError(f"running pulumi for {stack}: the stack is given already; leave --stack out")
    verb = next((argument for argument in arguments if not argument.startswith("-")), "")
    added = inline_arguments(stack, port)
    if verb in _SERVED:
        return (*arguments, *added)
    return (*arguments, *added[:2]) if _ON_STACK & {verb, *arguments} else arguments


async def _at_the_terminal(command: tuple[str, ...], environment: Mapping[str, str], folder: Path) -> int:
    async with _interrupts_are_theirs():
        process = await asyncio.create_subprocess_exec(*command, cwd=folder, env=environment)
        return await process.wait()


@asynccontextmanager
async def _interrupts_are_theirs() -> AsyncIterator[None]:
    """Ctrl-C goes to the CLI, which is in the same group: were it taken here too, the provider would be gone first."""
    before = signal.getsignal(signal.SIGINT)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, lambda: None)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, before)


def _unheard(_event: str) -> None:
    return
