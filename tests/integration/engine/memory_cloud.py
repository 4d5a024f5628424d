"""A cloud in a folder, and the provider for it: it behaves like a real one, and two processes see the same objects."""

# ruff: noqa: ARG002, N802 - names and signatures are the protocol's

import asyncio
import hashlib
import json
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

REPLACING = frozenset({"image"})
DATA = frozenset({"govcloud:test:Volume"})


async def _at_once(_name: str) -> None:
    return


@dataclass
class MemoryCloud:
    """Objects as JSON files. `boot` is awaited after an object exists and before the provider hears of it."""

    folder: Path
    boot: Callable[[str], Awaitable[None]] = _at_once
    secret: str = ""
    """Made with every object, told to nobody but `hand_over`, and quoted carelessly in errors."""
    calls: int = 0
    writes: list[str] = field(default_factory=list)

    def put(self, identity: str, content: Mapping[str, Any]) -> None:
        draft = self.folder / f".{identity}"
        draft.write_text(json.dumps(dict(content)))
        draft.replace(self.folder / f"{identity}.json")

    def objects(self) -> dict[str, dict[str, Any]]:
        self.calls += 1
        return {path.stem: json.loads(path.read_text()) for path in self.folder.glob("*.json")}

    def remove(self, identity: str) -> None:
        (self.folder / f"{identity}.json").unlink(missing_ok=True)


class MemoryProvider(provider_pb2_grpc.ResourceProviderServicer):
    """Creates by key and adopts; refuses to let data go without a permit; goes on when its caller dies."""

    def __init__(
        self,
        cloud: MemoryCloud,
        known_ids: frozenset[str] = frozenset(),
        permitted: frozenset[str] = frozenset(),
        hand_over: Callable[[str, Mapping[str, str]], None] = lambda _what, _fields: None,
    ) -> None:
        self.cloud, self.known_ids, self.permitted, self.hand_over = cloud, known_ids, permitted, hand_over
        self.adopted: list[str] = []
        self.leftovers: list[str] = []
        self.cancelled = asyncio.Event()
        self.tasks: set[asyncio.Task[Any]] = set()

    @property
    def calls(self) -> int:
        return self.cloud.calls

    async def drain(self, timeout_s: float) -> None:
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=timeout_s)

    async def Handshake(self, request: Any, context: Any) -> Any:
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=False)

    async def Attach(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    async def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version="0.1.0")

    async def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    async def DiffConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    async def Configure(self, request: Any, context: Any) -> Any:
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    async def Check(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    async def Cancel(self, request: Any, context: Any) -> Any:
        self.cancelled.set()
        return empty_pb2.Empty()

    async def Diff(self, request: Any, context: Any) -> Any:
        old, new = plain(request.old_inputs), plain(request.news)
        changed = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
        replaces = [key for key in changed if key in REPLACING]
        if replaces and not self._may_go(request.urn):
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, "no document covers the end of this data")
        kind = provider_pb2.PropertyDiff
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE,
            replaces=replaces,
            diffs=changed,
            hasDetailedDiff=True,
            detailedDiff={
                key: kind(kind=kind.UPDATE_REPLACE if key in replaces else kind.UPDATE, inputDiff=True)
                for key in changed
            },
        )

    async def Create(self, request: Any, context: Any) -> Any:
        if request.preview:
            return provider_pb2.CreateResponse(properties=request.properties)
        wanted = plain(request.properties)
        if wanted.get("broken"):
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, f"no room; request signed by {self.cloud.secret}")
        identity, made = await self._shielded(self._make(request.urn, wanted))
        if self.cancelled.is_set():
            await _half_done(context, identity, made)
        return provider_pb2.CreateResponse(id=identity, properties=struct(made))

    async def Update(self, request: Any, context: Any) -> Any:
        if not request.preview:
            self.cloud.writes.append("update")
            found = self.cloud.objects().get(request.id, {})
            self.cloud.put(request.id, {**found, **plain(request.news)})
        return provider_pb2.UpdateResponse(properties=request.news)

    async def Read(self, request: Any, context: Any) -> Any:
        found = self.cloud.objects().get(request.id)
        if found is None:
            return provider_pb2.ReadResponse()
        now = struct({key: value for key, value in found.items() if key != "key"})
        return provider_pb2.ReadResponse(id=request.id, properties=now, inputs=now)

    async def Delete(self, request: Any, context: Any) -> Any:
        if not self._may_go(request.urn):
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, "no document covers the end of this data")
        self.cloud.writes.append("delete")
        self.cloud.remove(request.id)
        return empty_pb2.Empty()

    def _may_go(self, urn: str) -> bool:
        return urn.split("::")[2].rsplit("$", 1)[-1] not in DATA or urn in self.permitted

    async def _make(self, urn: str, wanted: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        key = hashlib.sha256(urn.encode()).hexdigest()[:24]
        found = [i for i, o in self.cloud.objects().items() if o["key"] == key and i not in self.known_ids]
        identity = found[0] if found else str(uuid.uuid4())
        if found:
            self.adopted.append(identity)
        self.cloud.writes.append("create")
        self.cloud.put(identity, {**wanted, "key": key})
        if self.cloud.secret:
            self.hand_over(urn, {"secret_key": self.cloud.secret})
        await self.cloud.boot(wanted.get("name", ""))
        return identity, wanted

    async def _shielded(self, work: Any) -> Any:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return await asyncio.shield(task)


async def _half_done(context: Any, identity: str, made: dict[str, Any]) -> None:
    status = status_pb2.Status(code=2, message="cancelled while it was being built")
    status.details.add().Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=identity, properties=struct(made), inputs=struct(made), reasons=["cancelled"]
        )
    )
    await context.abort(
        grpc.StatusCode.UNKNOWN,
        status.message,
        trailing_metadata=(("grpc-status-details-bin", status.SerializeToString()),),
    )


def plain(message: Any) -> dict[str, Any]:
    return json_format.MessageToDict(message)


def struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    message = struct_pb2.Struct()
    message.update(dict(values))
    return message
