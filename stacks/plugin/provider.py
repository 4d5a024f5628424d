"""The provider plugin of a plain run, with credentials from the person's own environment."""

import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from pulumi.runtime.proto import provider_pb2_grpc

from stacks.plugin import process
from stacks.plugin.credentials import connect, object_store
from stacks.plugin.guarded import Guarded, refusal
from stacks.provider.operation import Fenced, Operation, Permit
from stacks.provider.servicer import Provider
from stacks.spec import CloudTarget, StackSpec

DRAIN_S = 4.0
"""The engine kills a plugin five seconds after it asked it to end."""


def operation_of(spec: StackSpec, environment: Mapping[str, str]) -> Operation:
    """One plain run on the spec's stack: unfenced on a sandbox, fenced from its first write elsewhere."""
    secrets = Path(environment.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return Operation(
        target=spec.cloud,
        project_name=spec.project_name,
        known_ids=frozenset(),
        unclean=False,
        permit=Permit(sandbox_unrestricted=spec.cloud.sandbox),
        fence=_fence(spec.cloud),
        hand_over=_keeper(secrets / "govcloud-broker" / "plain" / spec.name),
        connect=lambda: connect(spec.cloud),
        object_store=object_store(spec.cloud, environment),
    )


def _fence(target: CloudTarget) -> Callable[[], None]:
    def fence() -> None:
        if not target.sandbox:
            raise Fenced(refusal(target))

    return fence


def _keeper(folder: Path) -> Callable[[str, Mapping[str, str]], None]:
    """Keeps each secret that a cloud made in a file that only its owner reads: a plain run has no hand-over package."""

    def keep(what: str, fields: Mapping[str, str]) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = folder / f"{re.sub(r'[^A-Za-z0-9.-]+', '-', what)}.json"
        if not fields:
            file.unlink(missing_ok=True)
            return
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
            json.dump(dict(fields), out)

    return keep


def main() -> None:
    """Serve until the engine ends the process."""
    guarded = Guarded(lambda spec: Provider(operation_of(spec, os.environ)), Path.cwd())
    process.run(
        lambda server: provider_pb2_grpc.add_ResourceProviderServicer_to_server(guarded, server),
        lambda: guarded.drain(DRAIN_S),
    )


if __name__ == "__main__":
    main()
