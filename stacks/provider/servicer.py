"""The provider as the engine calls it: gRPC on one side, resource types on the other, nothing of either in between."""

# ruff: noqa: N802 - methods have the protocol's names

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any, Final, NoReturn, TypeVar

import grpc
import grpc.aio
from google.protobuf import empty_pb2

from stacks.masked import masked
from stacks.protocol import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2
from stacks.provider import poller, precedence
from stacks.provider import urn as urns
from stacks.provider.assembly import types_by_token
from stacks.provider.ceph import Gateway
from stacks.provider.cloud import Cloud
from stacks.provider.cloud_error import CloudError, Interrupted
from stacks.provider.difference import changes
from stacks.provider.gate import require_permit
from stacks.provider.operation import Fenced, Operation
from stacks.provider.precedence import Precedence
from stacks.provider.refusal import refusal_of
from stacks.provider.resource_type import Incomplete, Inputs, Refused, ResourceType
from stacks.provider.urn import key_for
from stacks.provider.values import UNKNOWN, decode, encode, has_unknown, keep_secret, mask, plain

_T = TypeVar("_T")
VERSION: Final = "0.1.0"
_KINDS: Final[Mapping[str, Any]] = {"add": 0, "delete": 2, "update": 4}
"""provider.proto PropertyDiff.Kind: ADD, DELETE, UPDATE; one more where it replaces."""


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """One operation's provider."""

    def __init__(self, operation: Operation, order: Precedence | None = None) -> None:
        self._operation = operation
        self._cloud = Cloud(operation, order)
        self._gateway = Gateway(operation)
        self._types = types_by_token(self._cloud, self._gateway)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._replacing: set[str] = set()
        self._not_done: tuple[str, ...] = ()

    @property
    def calls(self) -> int:
        """Requests to the clouds so far, those for tokens and versions too."""
        return self._cloud.session.calls + self._gateway.calls

    @property
    def adopted(self) -> tuple[str, ...]:
        """Ids of what a killed run had made and this one took over."""
        return (*(found.id for found in self._cloud.index.adopted), *self._gateway.adopted)

    @property
    def leftovers(self) -> tuple[str, ...]:
        """Kind and id of what carries a key of ours and is in no state; complete after `drain`."""
        found = tuple(f"{each.kind} {each.id}" for each in self._cloud.index.leftovers)
        return (*found, *self._not_done)

    def start(self) -> None:
        """Log in and look around while the engine boots; it is done at the handshake at the latest."""
        self._cloud.begin()

    async def drain(self, timeout_s: float) -> None:
        """Wait until no call is in the air, look for leftovers after an unclean end, give back threads. Goes last.

        What only waits for its turn at the cloud was not sent: it ends as interrupted, so that nothing goes out later.
        """
        try:
            if self._tasks:
                self._interrupt()
                await asyncio.wait(self._tasks, timeout=timeout_s)
            await self._finish()
            if self._operation.unclean:
                await self._told("looked for", self._cloud.look_for_leftovers())
        finally:
            self._cloud.session.close()
            self._gateway.close()

    async def _finish(self) -> None:
        """What had to wait for the run's deletes."""
        for work in self._cloud.later:
            await self._told("finished", work())

    async def _told(self, done: str, work: Awaitable[None]) -> None:
        """The work; what does not succeed is told with the leftovers."""
        try:
            await work
        except (CloudError, Interrupted, Refused, Fenced) as error:
            told = str(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the state of the run must still be kept
            told = masked(f"{type(error).__name__}: {error}")
        else:
            return
        self._not_done += (f"not {done}: {told}",)

    def _interrupt(self) -> None:
        self._cloud.interrupt()
        self._gateway.interrupt()

    async def Handshake(self, _request: Any, _context: Any) -> Any:
        """Secrets come marked, so that they go back marked."""
        self.start()
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    async def Attach(self, _request: Any, _context: Any) -> Any:
        """Nothing to tell."""
        self.start()
        return empty_pb2.Empty()

    async def GetPluginInfo(self, _request: Any, _context: Any) -> Any:
        """The provider's version."""
        return plugin_pb2.PluginInfo(version=VERSION)

    async def CheckConfig(self, request: Any, _context: Any) -> Any:
        """Accepted: what the provider needs comes with the operation, not with the stack's configuration."""
        return provider_pb2.CheckResponse(inputs=request.news)

    async def DiffConfig(self, _request: Any, _context: Any) -> Any:
        """No configuration, no difference."""
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    async def Configure(self, _request: Any, _context: Any) -> Any:
        """What the provider can do."""
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    async def Cancel(self, _request: Any, _context: Any) -> Any:
        """End every wait; what was made keeps its id."""
        self._interrupt()
        return empty_pb2.Empty()

    async def Check(self, request: Any, context: Any) -> Any:
        """Everything wrong with the inputs; no network call."""
        type_ = await self._type(request.urn, context)
        problems = type_.check(_known(decode(request.news)))
        failures = [provider_pb2.CheckFailure(property=each.property, reason=each.reason) for each in problems]
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    async def Diff(self, request: Any, context: Any) -> Any:
        """What changes, and whether in place."""
        type_ = await self._type(request.urn, context)
        found = changes(type_, decode(request.old_inputs or request.olds), decode(request.news))
        replaces = [name for name, change in found.items() if change.replaces]
        if replaces and type_.holds_data:
            self._replacing.add(request.urn)
        details = {
            name: provider_pb2.PropertyDiff(kind=_KINDS[change.kind] + change.replaces, inputDiff=True)
            for name, change in found.items()
        }
        kind = provider_pb2.DiffResponse
        return kind(
            changes=kind.DIFF_SOME if found else kind.DIFF_NONE,
            replaces=replaces,
            diffs=list(found),
            detailedDiff=details,
            hasDetailedDiff=True,
            deleteBeforeReplace=bool(replaces) and type_.delete_before_replace,
        )

    async def Create(self, request: Any, context: Any) -> Any:
        """The resource; in a preview what is known of it."""
        type_ = await self._type(request.urn, context)
        given = decode(request.properties)
        if request.preview:
            unknown = dict.fromkeys(type_.computed, UNKNOWN)
            return provider_pb2.CreateResponse(properties=encode({**given, **unknown}))
        inputs = plain(given)
        key = key_for(request.urn, type_, inputs)

        async def create() -> Any:
            if request.urn in self._replacing:
                self._require_permit(request.urn, "replacing")
            created = await type_.create(key, inputs)
            self._cloud.index.know(created.id)
            return created

        made = await self._run(context, request, create(), given)
        return provider_pb2.CreateResponse(id=made.id, properties=encode(keep_secret({**given, **made.outputs}, given)))

    async def Read(self, request: Any, context: Any) -> Any:
        """The resource as it is; without an id when it is gone."""
        type_ = await self._type(request.urn, context)
        given = decode(request.inputs)
        inputs = plain(given)
        key = key_for(request.urn, type_, inputs)

        async def read() -> Any:
            if not inputs:
                raise Refused("reading it without its inputs: what exists is adopted by its key, not imported by id")
            return await type_.read(request.id, key, inputs)

        found = await self._run(context, request, read(), given)
        if found is None:
            return provider_pb2.ReadResponse()
        shown = keep_secret(plain(found.inputs), given)
        return provider_pb2.ReadResponse(
            id=found.id, inputs=encode(shown), properties=encode({**shown, **found.outputs})
        )

    async def Update(self, request: Any, context: Any) -> Any:
        """The resource, changed in place."""
        type_ = await self._type(request.urn, context)
        given = decode(request.news)
        if request.preview:
            return provider_pb2.UpdateResponse(properties=request.news)
        old, new = plain(decode(request.old_inputs or request.olds)), plain(given)
        updating = type_.update(request.id, key_for(request.urn, type_, new), old, new)
        outputs = await self._run(context, request, updating, given)
        return provider_pb2.UpdateResponse(properties=encode(keep_secret({**given, **outputs}, given)))

    async def Delete(self, request: Any, context: Any) -> Any:
        """Nothing; what holds data goes only with a permit."""
        type_ = await self._type(request.urn, context)
        given = decode(request.old_inputs if request.old_inputs.fields else request.properties)

        async def delete() -> None:
            if type_.holds_data:
                self._require_permit(request.urn, "deleting")
            await type_.delete(request.id, plain(given))

        await self._run(context, request, delete(), given)
        return empty_pb2.Empty()

    def _require_permit(self, urn: str, action: str) -> None:
        sandbox = self._operation.target.sandbox
        require_permit(self._operation.permit, urn, sandbox=sandbox, action=action)

    async def _type(self, urn: str, context: Any) -> ResourceType:
        token = urns.parse(urn).token
        if token not in self._types:
            await context.abort(grpc.StatusCode.NOT_FOUND, f"{token} is no resource type of this provider")
        return self._types[token]

    async def _run(self, context: Any, request: Any, work: Awaitable[_T], given: Mapping[str, Any]) -> _T:
        """What the work gives back. It goes on to its end when the engine dies: `drain` waits for it."""
        limit_s = getattr(request, "timeout", 0) or poller.DEFAULT_TIMEOUT_S

        async def with_limit() -> _T:
            poller.timeout_s.set(limit_s)
            precedence.subject.set(urns.parse(request.urn).name)
            return await work

        task = asyncio.ensure_future(with_limit())
        self._tasks.add(task)
        task.add_done_callback(self._done)
        try:
            return await asyncio.shield(task)
        except Incomplete as error:
            self._cloud.index.know(error.id)
            await _abort_incomplete(context, error, given)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - the one place where errors become statuses
            refusal = refusal_of(error, urns.parse(request.urn).name)
            await context.abort(refusal.code, mask(refusal.message, given))
        raise AssertionError("abort raises")

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # its caller may be dead: seen, so that it is not reported as forgotten


async def _abort_incomplete(context: Any, error: Incomplete, given: Mapping[str, Any]) -> NoReturn:
    reason = mask(error.reason, given)
    properties = encode(keep_secret({**given, **error.outputs}, given))
    failed = provider_pb2.ErrorResourceInitFailed(
        id=error.id, properties=properties, inputs=encode(given), reasons=[reason]
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=reason)
    status.details.add().Pack(failed)
    details = (("grpc-status-details-bin", status.SerializeToString()),)
    await context.abort(grpc.StatusCode.UNKNOWN, reason, trailing_metadata=details)
    raise AssertionError("abort raises")


def _known(given: Mapping[str, Any]) -> Inputs:
    """The inputs for a check: what is not known, wholly or in part, is UNKNOWN."""
    return {name: UNKNOWN if has_unknown(value) else value for name, value in plain(given).items()}
