"""A language host whose program widens one limit after it was built: what only the policy pack can see."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from pulumi.runtime.proto import language_pb2_grpc

from stacks.plugin import process
from stacks.plugin.language import Host
from stacks.plugin.spec_file import SPEC_KEY, load_spec
from stacks.program.build import build
from stacks.program.language import Program


class LaxHost(Host):
    """Registers the spec's resources with another limit of the public address."""

    async def Run(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """The resources, one of them changed."""
        spec = load_spec(request.config.get(SPEC_KEY, ""), Path(request.info.root_directory))
        wider = {"egress_kbps": 90_000}
        resources = tuple(
            replace(each, properties={**each.properties, **wider}) if each.name == "limit-18m" else each
            for each in build(spec)
        )
        return await Program(resources).Run(request, context)


async def _nothing() -> None:
    return


if __name__ == "__main__":
    process.run(lambda server: language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LaxHost(), server), _nothing)
