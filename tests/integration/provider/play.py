"""The engine's part, played over real gRPC: registers a stack's resources, keeps their state, deletes in order."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import grpc
import grpc.aio
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from stacks.provider.operation import Operation
from stacks.provider.servicer import Provider
from stacks.provider.values import decode, encode
from stacks.resource import Ref, Resource, references


@dataclass(frozen=True, slots=True)
class Kept:
    """One resource in the state."""

    resource: Resource
    urn: str
    id: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    needs: frozenset[str]


@dataclass(slots=True)
class Run:
    """What one operation did: logical names by action."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    errors: dict[str, grpc.aio.AioRpcError] = field(default_factory=dict)
    provider: Provider | None = None

    @property
    def calls(self) -> int:
        assert self.provider is not None
        return self.provider.calls

    @property
    def changed_nothing(self) -> bool:
        return not (self.created or self.updated or self.replaced or self.deleted or self.errors)


@asynccontextmanager
async def served(operation: Operation) -> AsyncIterator[tuple[Provider, Any]]:
    """A provider behind a real server, and the stub of a client of it."""
    provider = Provider(operation)
    server = grpc.aio.server()
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub: Any = provider_pb2_grpc.ResourceProviderStub(channel)
            await stub.Handshake(provider_pb2.ProviderHandshakeRequest())
            yield provider, stub
    finally:
        await provider.drain(60)
        await server.stop(0)


class Stack:
    """A stack's state, and the operations on it. `operation` makes the value of each, from the ids that are known."""

    def __init__(self, name: str, operation: Callable[[frozenset[str]], Operation]) -> None:
        self.name = name
        self.state: dict[str, Kept] = {}
        self._operation = operation

    def urn(self, resource: Resource) -> str:
        return f"urn:pulumi:{self.name}::govcloud::{resource.type}::{resource.name}"

    @property
    def ids(self) -> dict[str, str]:
        return {name: kept.id for name, kept in self.state.items()}

    def _made(self, **changes: Any) -> Operation:
        return replace(self._operation(frozenset(self.ids.values())), **changes)

    async def up(self, resources: Sequence[Resource], **changes: Any) -> Run:
        """Bring the resources about; what the state has beside them is deleted afterwards."""
        async with served(self._made(**changes)) as (provider, stub):
            run = Run(provider=provider)
            pass_ = _Pass(self, stub, run)
            await pass_.register([each for each in resources if not each.component])
            await pass_.delete_old()
            if not run.errors:
                wanted = {each.name for each in resources}
                await pass_.delete({name for name in self.state if name not in wanted})
        return run

    async def destroy(self, **changes: Any) -> Run:
        """Delete everything."""
        return await self.up((), **changes)

    async def refresh(self) -> Mapping[str, Mapping[str, Any] | None]:
        """What each resource's inputs are now where they differ from the state; None for one that is gone."""
        async with served(self._made()) as (_, stub):
            answers = await asyncio.gather(*(self._read(stub, kept) for kept in self.state.values()))
        return {name: shown for name, shown in zip(self.state, answers, strict=True) if shown != {}}

    async def _read(self, stub: Any, kept: Kept) -> Mapping[str, Any] | None:
        answer = await stub.Read(
            provider_pb2.ReadRequest(
                id=kept.id,
                urn=kept.urn,
                inputs=encode(kept.inputs),
                properties=encode({**kept.inputs, **kept.outputs}),
            )
        )
        if not answer.id:
            return None
        shown = decode(answer.inputs)
        names = shown.keys() | kept.inputs.keys()
        return {name: shown.get(name) for name in names if shown.get(name) != kept.inputs.get(name)}


class _Pass:
    def __init__(self, stack: Stack, stub: Any, run: Run) -> None:
        self._stack = stack
        self._stub = stub
        self._run = run
        self._done: dict[str, asyncio.Future[Kept]] = {}
        self._old: list[Kept] = []

    async def register(self, resources: Sequence[Resource]) -> None:
        loop = asyncio.get_running_loop()
        self._done = {each.name: loop.create_future() for each in resources}
        await asyncio.gather(*(self._one(each) for each in resources))

    async def _one(self, resource: Resource) -> None:
        future = self._done[resource.name]
        needs = {ref.resource for ref in references(resource.properties)} | (set(resource.after) & self._done.keys())
        try:
            for name in needs:
                await self._done[name]
            kept = await self._bring_about(resource, frozenset(needs))
        except grpc.aio.AioRpcError as error:
            self._run.errors.setdefault(resource.name, error)
            future.cancel()
        except asyncio.CancelledError:
            future.cancel()
        else:
            self._stack.state[resource.name] = kept
            future.set_result(kept)

    async def _bring_about(self, resource: Resource, needs: frozenset[str]) -> Kept:
        inputs = self._resolve(resource.properties)
        kept = Kept(resource, self._stack.urn(resource), "", inputs, {}, needs)
        check = await self._stub.Check(provider_pb2.CheckRequest(urn=kept.urn, news=encode(inputs)))
        assert not check.failures, (resource.name, check.failures)
        old = self._stack.state.get(resource.name)
        if old is None:
            self._run.created.append(resource.name)
            return await self._create(kept)
        return await self._change(old, kept)

    def _resolve(self, value: Any) -> Any:
        match value:
            case Ref():
                kept = self._done[value.resource].result()
                return kept.id if value.output == "id" else kept.outputs[value.output]
            case Mapping():
                return {name: self._resolve(inner) for name, inner in value.items()}
            case list() | tuple():
                return [self._resolve(inner) for inner in value]
            case _:
                return value

    async def _change(self, old: Kept, new: Kept) -> Kept:
        diff = await self._stub.Diff(
            provider_pb2.DiffRequest(
                id=old.id, urn=new.urn, old_inputs=encode(old.inputs), news=encode(new.inputs), olds=encode(old.inputs)
            )
        )
        if diff.changes == provider_pb2.DiffResponse.DIFF_NONE:
            return replace(new, id=old.id, outputs=old.outputs)
        if not diff.replaces:
            self._run.updated.append(new.resource.name)
            request = provider_pb2.UpdateRequest(
                id=old.id, urn=new.urn, old_inputs=encode(old.inputs), olds=encode(old.inputs), news=encode(new.inputs)
            )
            answer = await self._stub.Update(request)
            return replace(new, id=old.id, outputs=_outputs(answer.properties, new))
        self._run.replaced.append(new.resource.name)
        if diff.deleteBeforeReplace:
            await self._delete_dependents(new.resource.name)
            await self._gone(old)
        else:
            self._old.append(old)
        return await self._create(new)

    async def _delete_dependents(self, name: str) -> None:
        """As the engine: what depends on something that goes first goes before it, and is made again."""
        for kept in [each for each in self._stack.state.values() if name in each.needs]:
            await self._delete_dependents(kept.resource.name)
            await self._gone(kept)
            self._stack.state.pop(kept.resource.name, None)

    async def _create(self, kept: Kept) -> Kept:
        answer = await self._stub.Create(provider_pb2.CreateRequest(urn=kept.urn, properties=encode(kept.inputs)))
        return replace(kept, id=answer.id, outputs=_outputs(answer.properties, kept))

    async def delete_old(self) -> None:
        for old in self._old:
            try:
                await self._gone(old)
            except grpc.aio.AioRpcError as error:
                self._run.errors[old.resource.name] = error

    async def delete(self, names: set[str]) -> None:
        loop = asyncio.get_running_loop()
        gone = {name: loop.create_future() for name in names}
        await asyncio.gather(*(self._delete_one(name, gone) for name in names))

    async def _delete_one(self, name: str, gone: Mapping[str, asyncio.Future[None]]) -> None:
        kept = self._stack.state[name]
        try:
            for other in gone:
                if name in self._stack.state[other].needs if other in self._stack.state else False:
                    await gone[other]
            if kept.resource.deleted_with not in gone:
                await self._gone(kept)
        except grpc.aio.AioRpcError as error:
            self._run.errors.setdefault(name, error)
            gone[name].cancel()
        except asyncio.CancelledError:
            gone[name].cancel()
        else:
            self._run.deleted.append(name)
            gone[name].set_result(None)
            self._stack.state.pop(name)

    async def _gone(self, kept: Kept) -> None:
        properties = encode({**kept.inputs, **kept.outputs})
        request = provider_pb2.DeleteRequest(
            id=kept.id, urn=kept.urn, properties=properties, old_inputs=encode(kept.inputs)
        )
        await self._stub.Delete(request)


def _outputs(properties: Any, kept: Kept) -> Mapping[str, Any]:
    return {name: value for name, value in decode(properties).items() if name not in kept.inputs}
