"""A program of independent resources: what the engine's tests need of a language host, and no more."""

# ruff: noqa: ARG002, N802 - names and signatures are the protocol's

from collections.abc import Sequence
from typing import Any

import grpc.aio
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2, resource_pb2, resource_pb2_grpc

from stacks.resource import Resource

from .memory_cloud import struct


class FlatProgram(language_pb2_grpc.LanguageRuntimeServicer):
    """Registers every resource in order; a failed one stops the program."""

    def __init__(self, resources: Sequence[Resource]) -> None:
        self.resources = resources

    async def Handshake(self, request: Any, context: Any) -> Any:
        return language_pb2.LanguageHandshakeResponse()

    async def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version="0.1.0")

    async def About(self, request: Any, context: Any) -> Any:
        return language_pb2.AboutResponse()

    async def GetRequiredPackages(self, request: Any, context: Any) -> Any:
        return language_pb2.GetRequiredPackagesResponse()

    async def Run(self, request: Any, context: Any) -> Any:
        options = (("grpc.enable_http_proxy", 0),)
        async with grpc.aio.insecure_channel(request.monitor_address, options=options) as channel:
            monitor: Any = resource_pb2_grpc.ResourceMonitorStub(channel)
            try:
                await self._register(monitor, f"{request.project}-{request.stack}")
            except grpc.aio.AioRpcError as error:
                return language_pb2.RunResponse(error=error.details() or "", bail=True)
        return language_pb2.RunResponse()

    async def _register(self, monitor: Any, name: str) -> None:
        ask = resource_pb2.RegisterResourceRequest
        root = await monitor.RegisterResource(ask(type="pulumi:pulumi:Stack", name=name))
        for resource in self.resources:
            await monitor.RegisterResource(
                ask(
                    type=resource.type,
                    name=resource.name,
                    custom=True,
                    parent=root.urn,
                    object=struct(resource.properties),
                    version="0.1.0",
                )
            )
        outputs = struct({"count": len(self.resources)})
        await monitor.RegisterResourceOutputs(
            resource_pb2.RegisterResourceOutputsRequest(urn=root.urn, outputs=outputs)
        )
