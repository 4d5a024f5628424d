"""No-change `up` and `preview`: this engine against the Automation API, interleaved on the same machine.

    python -m bench engine [--runs 5] [--sizes 1 10 100]

Both drive the same CLI with the same provider (a cloud in a folder), the same passphrase and a stack that is already as
it should be. The Automation API is used as its documentation shows: create_or_select_stack, then Stack.up or preview,
with an inline program on the SDK. Prints medians of wall seconds, and the least in brackets.
"""

from __future__ import annotations

import asyncio
import logging
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import grpc.aio
import pulumi
from pulumi import automation
from pulumi.runtime.proto import provider_pb2_grpc

from broker.engine import passphrase as passphrases
from broker.engine.binary import Binary, How
from broker.engine.command import Kind
from stacks.resource import Resource
from tests.integration.engine.conftest import Bench
from tests.integration.engine.memory_cloud import MemoryCloud, MemoryProvider
from tools import pulumi_cli

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from broker.engine.passphrase import Passphrase


class Server(pulumi.CustomResource):
    """The benched resource as an SDK program declares it."""

    def __init__(self, name: str) -> None:
        super().__init__(
            "govcloud:test:Server", name, {"name": name, "image": "a"}, pulumi.ResourceOptions(version="0.1.0")
        )


def ours(folder: Path, binary: Binary, secret: Passphrase, size: int) -> Callable[[Kind], Awaitable[float]]:
    """One timed operation of this engine."""
    (folder / "cloud").mkdir(parents=True)
    bench = Bench(folder, binary, secret, MemoryCloud(folder / "cloud"))
    resources = [Resource("govcloud:test:Server", f"s{i}", {"name": f"s{i}", "image": "a"}) for i in range(size)]

    async def once(kind: Kind) -> float:
        begun = time.perf_counter()
        outcome = await bench.run(kind, resources)
        if not outcome.ok:
            raise SystemExit(str(outcome.diagnostics))
        return time.perf_counter() - begun

    return once


async def theirs(
    folder: Path, binary: Binary, secret: Passphrase, size: int, server: grpc.aio.Server
) -> Callable[[Kind], Awaitable[float]]:
    """One timed operation of the Automation API against the same provider, served once for all."""
    for name in ("cloud", "work", "state"):
        (folder / name).mkdir(parents=True)
    provider = MemoryProvider(MemoryCloud(folder / "cloud"))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    options = automation.LocalWorkspaceOptions(
        work_dir=str(folder / "work"),
        pulumi_home=str(folder / "home"),
        pulumi_command=await asyncio.to_thread(automation.PulumiCommand, str(binary.path.parents[1])),
        env_vars={
            "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(secret.file),
            "PULUMI_DEBUG_PROVIDERS": f"govcloud:{port}",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        },
        project_settings=automation.ProjectSettings(name="govcloud", runtime="python"),
    )

    def program() -> None:
        for i in range(size):
            Server(f"s{i}")

    def operate(kind: Kind) -> None:
        stack = automation.create_or_select_stack("bench", "govcloud", program, opts=options)
        if kind is Kind.UP:
            stack.up()
        else:
            stack.preview()

    async def once(kind: Kind) -> float:
        begun = time.perf_counter()
        await asyncio.to_thread(operate, kind)
        return time.perf_counter() - begun

    return once


async def compare(root: Path, binary: Binary, secret: Passphrase, size: int, runs: int) -> None:
    """Print one line per operation for stacks of this size."""
    server = grpc.aio.server()
    sides = (
        ours(root / f"ours-{size}", binary, secret, size),
        await theirs(root / f"theirs-{size}", binary, secret, size, server),
    )
    for side in sides:
        await side(Kind.UP)
    for kind in (Kind.UP, Kind.PREVIEW):
        pairs = [[await side(kind) for side in sides] for _ in range(runs)]
        mine, other = zip(*pairs, strict=True)
        print(f"{size:4} resources {kind:8} engine {told(mine)} s   automation api {told(other)} s", flush=True)
    await server.stop(None)


def told(seconds: tuple[float, ...]) -> str:
    """Median and least."""
    return f"{statistics.median(seconds):.2f} ({min(seconds):.2f})"


async def main(runs: int, sizes: Sequence[int]) -> None:
    """Compare both at every size of stack in a folder that is removed afterwards."""
    logging.disable(logging.ERROR)
    found = pulumi_cli.ensure()
    with tempfile.TemporaryDirectory() as folder:
        secret = passphrases.ensure(Path(folder) / "deployment")
        for size in sizes:
            await compare(Path(folder), Binary(found.path, found.version, How.CACHE), secret, size, runs)
