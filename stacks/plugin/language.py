"""The language host of a plain run: registers the same resources in the same way as the broker's own runs do."""

# ruff: noqa: N802 - methods have the protocol's names

from pathlib import Path
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from stacks.plugin import process
from stacks.plugin.spec_file import SPEC_KEY, PlainRunError, load_spec
from stacks.program.build import build
from stacks.program.language import Program
from stacks.spec import StackSpec


class Host(Program):
    """Reads the spec when a run begins; everything else is the program's."""

    def __init__(self) -> None:
        super().__init__(())

    async def Cancel(self, _request: Any, _context: Any) -> Any:
        """Nothing to end: registrations end with the engine."""
        return empty_pb2.Empty()

    async def Run(self, request: Any, context: Any) -> Any:
        """The stack's resources registered; the answer says why where its spec cannot be used."""
        try:
            resources = build(_spec_of(request))
        except (PlainRunError, ValueError) as error:
            return language_pb2.RunResponse(error=str(error))
        return await Program(resources).Run(request, context)


def _spec_of(request: Any) -> StackSpec:
    spec = load_spec(request.config.get(SPEC_KEY, ""), Path(request.info.root_directory or request.pwd))
    if request.stack != spec.name:
        raise PlainRunError(
            f"the spec is that of {spec.name}, this Pulumi stack is {request.stack}: "
            f"resources are found again by the stack's name, so run `pulumi stack init {spec.name}`"
        )
    return spec


async def _nothing() -> None:
    return


if __name__ == "__main__":
    process.run(lambda server: language_pb2_grpc.add_LanguageRuntimeServicer_to_server(Host(), server), _nothing)
