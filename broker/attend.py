"""A person's own `pulumi` command on a stack: the real CLI under the stack's lease, with its state and permit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from broker.engine import state
from broker.engine.attended import attended
from broker.engine.inline import Served
from broker.errors import EngineError
from broker.fence import fenced
from broker.ledger.leases import Lease
from broker.plan.target import Target
from broker.workshop import Attendance, Workshop, prepared
from stacks.provider.operation import Operation
from stacks.spec import StackSpec

_READS = frozenset({"preview", "export", "history", "output", "graph", "ls", "version", "about", "help"})
_PARTS = frozenset(
    {"--target", "-t", "--target-replace", "--exclude", "--exclude-dependents", "--preview-only", "--plan"}
)
"""Options after which an `up` has not brought about the whole target."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who typed the command: their environment, and what serves the stack to the CLI."""

    environment: Mapping[str, str]
    serve: Callable[[Operation, StackSpec | None], Callable[[], Served]]


async def attend(target: Target, arguments: tuple[str, ...], workshop: Workshop, person: Person) -> int:
    """The exit code of the command, run at the person's terminal. State and audit are kept under the lease's epoch.

    Raises:
        EngineError: Somebody else works on the stack, or the command would take its state away.
        StaleEpoch: Another holder took the stack over meanwhile; nothing of this command was kept.
        ToolMissing: The CLI does not start.
    """
    # 1. The stack is ours alone, and stays so while the person reads and answers.
    lease = await workshop.shelf.acquire(target.stack)
    if not isinstance(lease, Lease):
        raise EngineError(f"running pulumi for {target.stack}: {lease.holder} works on it now; try again when it ended")
    try:
        return await _under(lease, target, arguments, workshop, person)
    finally:
        await workshop.shelf.release(lease)


async def _under(lease: Lease, target: Target, arguments: tuple[str, ...], workshop: Workshop, person: Person) -> int:
    async with fenced(lease, workshop.shelf.renew, workshop.lease_s) as fence:
        # 2. What is known of it. Whoever only reads leaves it as it was, whatever becomes of the command.
        kept = await workshop.shelf.load(target.stack)
        reads = is_reading(arguments)
        if not reads:
            await workshop.shelf.begin(lease, target)
        # 3. The real CLI, with the program and the provider of the broker's own runs.
        operation = prepared(target, kept, workshop.operation(target, fence))
        with workshop.folder(target.stack) as folder:
            done = await attended(
                arguments,
                target.stack,
                kept.state,
                person.serve(operation, target.spec),
                passphrase=workshop.passphrase,
                work=folder,
                binary=workshop.binary,
                inherited=person.environment,
            )
        # 4. Kept under the epoch.
        if not reads:
            left = done.state if done.state is not None else state.new(target.stack, workshop.passphrase.salt)
            brought = done.code == 0 and is_whole_up(arguments) and target.spec is not None
            attended_by = Attendance(told(arguments), left, brought, clean=done.code == 0)
            await workshop.shelf.keep(lease, target, attended_by)
    return done.code


def told(arguments: tuple[str, ...]) -> tuple[str, ...]:
    """The command as it may be written down: its verb and the names of its options. A value may be a secret."""
    verb = next((argument for argument in arguments if not argument.startswith("-")), "")
    options = (argument.partition("=")[0] for argument in arguments if argument.startswith("-"))
    return (verb, *options)


def is_reading(arguments: tuple[str, ...]) -> bool:
    """Whether the command changes neither cloud nor state."""
    words = [argument for argument in arguments if not argument.startswith("-")]
    verb = " ".join(words[:1])
    return not words or verb in _READS or (verb in {"stack", "state"} and set(words[1:2]) <= _READS)


def is_whole_up(arguments: tuple[str, ...]) -> bool:
    """Whether the command brings about all of the target."""
    words = [argument for argument in arguments if not argument.startswith("-")]
    return words[:1] in (["up"], ["update"]) and not _PARTS & {argument.partition("=")[0] for argument in arguments}
