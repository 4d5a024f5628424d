"""The server that one CLI process talks to: provider, program and events on one port of the loopback."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Protocol

import grpc.aio

from broker.errors import EngineError

_MESSAGE_BYTES = 400 << 20
"""Pulumi's own limit; gRPC's default of 4 MiB is less than a large stack's state."""
_OPTIONS = (
    ("grpc.max_receive_message_length", _MESSAGE_BYTES),
    ("grpc.max_send_message_length", _MESSAGE_BYTES),
    ("grpc.so_reuseport", 0),
)


class CloudProvider(Protocol):
    """What a run asks of the provider beside its gRPC methods."""

    @property
    def calls(self) -> int:
        """Calls to the cloud's APIs so far."""

    @property
    def adopted(self) -> Any:
        """Ids that were taken over from a run that was killed."""

    @property
    def leftovers(self) -> Any:
        """What carries the stack's key and belongs to nothing."""

    async def drain(self, timeout_s: float) -> Any:
        """Wait until no call to the cloud is in the air."""


@dataclass(frozen=True, slots=True)
class Served:
    """What is served beside the events: the two servicers of one operation."""

    provider: CloudProvider
    program: Any

    @property
    def servicer(self) -> Any:
        """The provider as gRPC's generated code wants it."""
        return self.provider


@dataclass(frozen=True, slots=True)
class Inline:
    """A bound port whose server answers only once `serve` was called; until then callers wait in the backlog."""

    server: grpc.aio.Server
    port: int


def bind() -> Inline:
    """A server on a free port of the loopback: bound at once, so that the CLI can start before anything is imported."""
    server = grpc.aio.server(options=_OPTIONS)
    port = server.add_insecure_port("127.0.0.1:0")
    if not port:
        raise EngineError("binding a port on 127.0.0.1 for the pulumi run: none is free; see `ss -ltn`")
    return Inline(server, port)


async def serve(inline: Inline, served: Served, sink: Callable[[str], None]) -> asyncio.Event:
    """Start answering. `sink` gets every event as JSON, in order. Gives back what is set once the stream has ended."""
    # Importing the messages takes as long as the CLI needs to boot: meanwhile.
    from stacks.protocol import (  # noqa: PLC0415 - see above
        events_pb2_grpc,
        language_pb2_grpc,
        provider_pb2_grpc,
    )

    ended = asyncio.Event()
    events_pb2_grpc.add_EventsServicer_to_server(_events(sink, ended), inline.server)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(served.program, inline.server)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(served.servicer, inline.server)
    await inline.server.start()
    return ended


def _events(sink: Callable[[str], None], ended: asyncio.Event) -> Any:
    """The servicer of the engine's event stream."""
    from google.protobuf import empty_pb2  # noqa: PLC0415 - comes with pulumi's messages

    class Events:
        async def StreamEvents(self, requests: AsyncIterator[Any], _context: Any) -> empty_pb2.Empty:  # noqa: N802 - the protocol's name
            try:
                async for request in requests:
                    sink(request.event)
            finally:
                ended.set()
            return empty_pb2.Empty()

    return Events()
