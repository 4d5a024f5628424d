"""Pulumi's messages without Pulumi's SDK.

The messages come with the SDK, whose own start (automation API, serialised functions, tracing) takes as long as the CLI
needs to boot. A program and a provider that speak the protocol use nothing of that: this package has the folder of
the messages as its own.
"""

# ruff: noqa: TC004 - the names are told to the type checker; at run time they are this package's modules

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi.runtime.proto import (
        events_pb2_grpc,
        language_pb2,
        language_pb2_grpc,
        plugin_pb2,
        provider_pb2,
        provider_pb2_grpc,
        resource_pb2,
        resource_pb2_grpc,
        status_pb2,
    )

__all__ = [
    "events_pb2_grpc",
    "language_pb2",
    "language_pb2_grpc",
    "plugin_pb2",
    "provider_pb2",
    "provider_pb2_grpc",
    "resource_pb2",
    "resource_pb2_grpc",
    "status_pb2",
]

_SDK = find_spec("pulumi")
__path__ = [str(Path(place) / "runtime" / "proto") for place in (_SDK and _SDK.submodule_search_locations) or ()]
