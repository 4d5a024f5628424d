"""What merging a revision would do to the clouds: Pulumi's own preview of every stack that would change."""

from collections.abc import Iterator
from dataclasses import dataclass

from broker.check.review import Merged
from broker.engine.command import Kind
from broker.engine.run import Outcome, Run
from broker.engine.steps import Step
from broker.errors import BrokerError
from broker.nearest import all_known
from broker.plan.target import Target, targets
from broker.workshop import Workshop, prepared
from stacks.provider.operation import Fenced

_QUIET = frozenset({"same", "read", "refresh"})
_REPLACING = frozenset({"replace", "create-replacement", "delete-replaced"})
_RESTARTING = frozenset({"flavor", "power"})


@dataclass(frozen=True, slots=True)
class Previewed:
    """What Pulumi says of one stack. `outcome` None: it could not say, for the reason in `trouble`."""

    target: Target
    outcome: Outcome | None
    trouble: str = ""

    @property
    def steps(self) -> tuple[Step, ...]:
        """What would be done to a resource of a cloud, in order."""
        steps = self.outcome.steps if self.outcome else ()
        return tuple(step for step in steps if step.op not in _QUIET and step.type.startswith("govcloud:"))


def changed(merged: Merged, only: frozenset[str] = frozenset()) -> tuple[Target, ...]:
    """The targets that the change makes other than they are without it; `only` names stacks, empty = all.

    Raises:
        NameUnknown: There is no such stack before the change or after it.
    """
    before = {t.stack: t.digest for t in targets(merged.before, merged.platform_before)}
    after = targets(merged.after, merged.platform)
    all_known("stack", only, {*before, *(target.stack for target in after)})
    return tuple(t for t in after if before.get(t.stack) != t.digest and (not only or t.stack in only))


async def preview(target: Target, workshop: Workshop) -> Previewed:
    """What Pulumi would do to bring the target about. Nothing is written: not to the ledger, not to a cloud."""
    kept = await workshop.shelf.load(target.stack)
    operation = prepared(target, kept, workshop.operation(target, _writes_nothing))
    try:
        with workshop.folder(target.stack) as folder:
            outcome = await workshop.engine(
                Run(target.stack, Kind.PREVIEW, kept.state, target.spec, workshop.passphrase),
                operation,
                work=folder,
                binary=workshop.binary,
                on_event=lambda _event: None,
                reached=workshop.reached,
                stop=workshop.stop,
            )
    except BrokerError as error:
        return Previewed(target, None, str(error))
    reasons = "; ".join(d.message.strip() for d in outcome.diagnostics if d.severity == "error")
    return Previewed(target, outcome, "" if outcome.ok else reasons or "the preview failed")


def effects(step: Step) -> Iterator[str]:
    """What of a step a reader must not overlook: that something is made anew, or a machine restarts."""
    if step.op in _REPLACING or any(change.replaces for change in step.changes):
        yield "replaced"
    if step.op == "delete":
        yield "deleted"
    if step.op == "update" and step.type.endswith(":Server") and _RESTARTING & {c.path for c in step.changes}:
        yield "restarted"


def _writes_nothing() -> None:
    raise Fenced("a preview writes nothing")
