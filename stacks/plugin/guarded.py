"""The provider of a plain run: the same servicer, which may write only where the cloud is marked as a sandbox."""

# ruff: noqa: N802 - methods have the protocol's names

from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from stacks.plugin.spec_file import PlainRunError, load_spec
from stacks.program.language import PROVIDER_VERSION
from stacks.spec import CloudTarget, StackSpec


def refusal(target: CloudTarget) -> str:
    """Why a plain run may not write there, and what to run instead."""
    return (
        f"writing to cloud {target.id} is refused: a plain `pulumi` writes only where the cloud is marked "
        "`sandbox: true`; run `broker pulumi -- …`, which holds the stack's lease and carries the permit"
    )


class Guarded(provider_pb2_grpc.ResourceProviderServicer):
    """Hands every request to the servicer that `make` gives for the configured spec; refuses writes elsewhere."""

    def __init__(self, make: Callable[[StackSpec], Any], folder: Path) -> None:
        self._make = make
        self._folder = folder
        self._inner: Any = None
        self._target: CloudTarget | None = None

    async def drain(self, timeout_s: float) -> None:
        """Wait until no call to the cloud is in the air."""
        if self._inner is not None:
            await self._inner.drain(timeout_s)

    async def Handshake(self, _request: Any, _context: Any) -> Any:
        """Plain values both ways: no secret is ever an input or output."""
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=False, accept_resources=False)

    async def GetPluginInfo(self, _request: Any, _context: Any) -> Any:
        """The provider's version."""
        return plugin_pb2.PluginInfo(version=PROVIDER_VERSION)

    async def CheckConfig(self, request: Any, _context: Any) -> Any:
        """The configuration as given; it is read when the provider is configured."""
        return provider_pb2.CheckResponse(inputs=request.news)

    async def DiffConfig(self, _request: Any, _context: Any) -> Any:
        """No difference: another path or version of the spec is no other provider."""
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    async def Configure(self, request: Any, context: Any) -> Any:
        """The servicer's answer once the spec is read."""
        given = request.args.fields["spec"].string_value if "spec" in request.args.fields else ""
        try:
            spec = load_spec(given, self._folder)
            self._inner, self._target = self._make(spec), spec.cloud
        except PlainRunError as error:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        return await self._inner.Configure(request, context)

    async def Check(self, request: Any, context: Any) -> Any:
        """The servicer's answer."""
        return await self._inner.Check(request, context)

    async def Diff(self, request: Any, context: Any) -> Any:
        """The servicer's answer, but what is replaced goes first.

        A plain run does not know the ids in the state: a replacement with the old one's key would adopt the old one.
        """
        answer = await self._inner.Diff(request, context)
        answer.deleteBeforeReplace = answer.deleteBeforeReplace or bool(answer.replaces)
        return answer

    async def Read(self, request: Any, context: Any) -> Any:
        """The servicer's answer."""
        return await self._inner.Read(request, context)

    async def Create(self, request: Any, context: Any) -> Any:
        """The servicer's answer in a preview and on a sandbox, else a refusal."""
        await self._may_write(context, preview=request.preview)
        return await self._inner.Create(request, context)

    async def Update(self, request: Any, context: Any) -> Any:
        """The servicer's answer in a preview and on a sandbox, else a refusal."""
        await self._may_write(context, preview=request.preview)
        return await self._inner.Update(request, context)

    async def Delete(self, request: Any, context: Any) -> Any:
        """The servicer's answer on a sandbox, else a refusal."""
        await self._may_write(context, preview=False)
        return await self._inner.Delete(request, context)

    async def Cancel(self, request: Any, context: Any) -> Any:
        """The servicer's answer; nothing to end before it is configured."""
        return empty_pb2.Empty() if self._inner is None else await self._inner.Cancel(request, context)

    async def _may_write(self, context: Any, *, preview: bool) -> None:
        if self._target is not None and not preview and not self._target.sandbox:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, refusal(self._target))
