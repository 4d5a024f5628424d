"""The provider plugin of a plain run, with a cloud in a folder instead of a real one."""

import os
from pathlib import Path

from pulumi.runtime.proto import provider_pb2_grpc

from stacks.plugin import process
from stacks.plugin.guarded import Guarded
from tests.integration.engine.memory_cloud import MemoryCloud, MemoryProvider

if __name__ == "__main__":
    guarded = Guarded(lambda _spec: MemoryProvider(MemoryCloud(Path(os.environ["MEMORY_CLOUD"]))), Path.cwd())
    process.run(
        lambda server: provider_pb2_grpc.add_ResourceProviderServicer_to_server(guarded, server),
        lambda: guarded.drain(4),
    )
