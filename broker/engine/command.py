"""The four operations and the arguments that make the CLI do one of them, and nothing else."""

from enum import StrEnum

from broker.engine.state import qualified


class Kind(StrEnum):
    """What is done to a stack."""

    PREVIEW = "preview"
    """Say what `up` would do; without a spec, what `destroy` would do."""
    UP = "up"
    REFRESH = "refresh"
    DESTROY = "destroy"


def inline(stack: str, port: int) -> tuple[str, ...]:
    """The arguments that take stack, program and events from the server on `port`."""
    return ("--stack", qualified(stack), "--client", f"127.0.0.1:{port}", "--exec-kind", "auto.inline")


def arguments(kind: Kind, stack: str, port: int, *, removal: bool, more: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The CLI's arguments. `removal`: preview a destroy. `more`: targets, and whether the cloud is read again first."""
    return (
        "destroy" if removal else kind.value,
        *inline(stack, port),
        "--non-interactive",
        "--suppress-outputs",
        "--suppress-progress",
        "--event-log",
        f"tcp://127.0.0.1:{port}",
        *_consent(kind, removal=removal),
        *more,
    )


def _consent(kind: Kind, *, removal: bool) -> tuple[str, ...]:
    if kind is Kind.PREVIEW:
        return ("--preview-only",) if removal else ()
    return ("--yes", "--skip-preview")
