"""Requests to one OpenStack cloud: two kinds of token, blocking calls in threads, a fence before every write."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast
from urllib.parse import quote

from keystoneauth1.exceptions import ClientException

from stacks.provider.again import READS
from stacks.provider.cloud_error import CloudError, Interrupted
from stacks.provider.line import Caller
from stacks.provider.operation import Operation
from stacks.provider.pages import entries, following
from stacks.provider.precedence import Precedence
from stacks.provider.scope import THREADS, Login, Scope, Service, Transport, log_in

if TYPE_CHECKING:
    from keystoneauth1.identity.base import BaseIdentityPlugin

Item = Mapping[str, Any]
_T = TypeVar("_T")

_FIRST_ERROR: Final = 300
_UNAUTHORISED: Final = 401


@dataclass(frozen=True, slots=True)
class Request:
    """One request to a service."""

    service: Service
    method: str
    path: str
    body: Any = None
    project_id: str | None = None
    """The project whose token is used; None for the broker's own (admin)."""
    login: Login | None = None
    """Another user than the broker's own, whose token is used."""
    accept: tuple[int, ...] = ()
    """Statuses from 300 on that are an answer and no error."""
    headers: Mapping[str, str] = field(default_factory=dict)
    undisturbed: bool = False
    """A write to the network service beside which nothing begins that no server waits for (`Precedence.turn`)."""
    step: str = ""
    """Names the call for a test that kills the run right before or after it: `create:Server`."""

    @property
    def is_write(self) -> bool:
        """Whether it may change something."""
        return self.method not in READS

    def __str__(self) -> str:
        return f"{self.method} {self.service} {self.path.partition('?')[0]}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answered; `body` is empty when there was none."""

    status: int
    text: str
    body: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def instant(at_s: float) -> str:
    """The moment (s since 1970) as services take it: UTC, whole seconds."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at_s))


class Session:
    """All requests of one operation."""

    def __init__(self, operation: Operation, precedence: Precedence | None = None) -> None:
        self.operation = operation
        self._precedence = precedence or Precedence()
        self._transport = Transport()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="cloud")
        self._scopes: dict[str | Login | None, asyncio.Task[Scope]] = {}
        self._shared: dict[str, asyncio.Future[Any]] = {}
        self._before_writes: asyncio.Task[None] | None = None
        self._cloud_time_s: float | None = None
        self._told_to_stop = asyncio.Event()

    @property
    def calls(self) -> int:
        """Requests sent so far, those for tokens and versions too."""
        return self._transport.calls

    def now_s(self) -> float:
        """The cloud's own clock, seconds since 1970; this machine's until the first answer."""
        return self._cloud_time_s or time.time()

    def close(self) -> None:
        """Give back threads and connections; who waits for a turn waits no longer, or a process could not exit."""
        self.interrupt()
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._transport.http.close()

    @property
    def caller(self) -> Caller:
        """Whose turns its calls wait for; whoever waits as he does is interrupted with it."""
        return self._transport.door.caller

    def interrupt(self) -> None:
        """End every wait for a turn at the cloud, and every pause."""
        self._told_to_stop.set()
        self.caller.stop()

    async def pause(self, pause_s: float) -> None:
        """Nothing, after so long.

        Raises:
            Interrupted: The run was asked to stop.
        """
        try:
            async with asyncio.timeout(pause_s):
                await self._told_to_stop.wait()
        except TimeoutError:
            return
        raise Interrupted("the run was asked to stop while it waited for the cloud")

    def hold_writes_until(self, task: asyncio.Task[None]) -> None:
        """Let no write out before the task has ended."""
        self._before_writes = task

    async def run(self, function: Callable[[], _T]) -> _T:
        """What the blocking function gives back, run in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function)

    async def once(self, name: str, ask: Callable[[], Awaitable[_T]]) -> _T:
        """The answer of `ask`, asked once per operation however many want it; an error is not kept."""
        task = self._shared.get(name)
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            task = self._shared[name] = asyncio.ensure_future(ask())
        return cast("_T", await asyncio.shield(task))

    async def call(self, service: Service, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        """The answer of a service; `options` are the other fields of Request.

        Raises:
            CloudError: The service refused, or gave no answer.
            Fenced: It is a write, and the lease is another's now.
        """
        request = Request(service, method, path, body, **options)
        scope = await self._scope(request.login or request.project_id)
        if request.is_write:
            await self._may_write()
            if request.service is Service.NETWORK:
                async with self._precedence.turn(undisturbed=request.undisturbed):
                    return await self.run(partial(self._send, scope, request))
        return await self.run(partial(self._send, scope, request))

    async def listed(self, service: Service, path: str, collection: str, project_id: str | None = None) -> list[Item]:
        """The whole list at this path, however many pages it has.

        Raises:
            CloudError: The service refused, or gave no answer.
        """
        items: list[Item] = []
        page: str | None = path
        while page:
            body = (await self.call(service, "GET", page, project_id=project_id)).body
            items += entries(body, collection, path)
            page = following(body, collection, path)
        return items

    async def _may_write(self) -> None:
        if self._before_writes:
            await asyncio.shield(self._before_writes)
        if self.operation.before_writes:
            await self.operation.before_writes()

    def _send(self, scope: Scope, request: Request) -> Answer:
        self._reach(request, "before-call")
        answer = self._answer(scope, request)
        self._reach(request, "after-answer")
        if answer.status >= _FIRST_ERROR and answer.status not in request.accept:
            raise CloudError(answer.status, answer.text, str(request))
        return answer

    def _reach(self, request: Request, moment: str) -> None:
        if request.step:
            self.operation.reached(f"{request.step}:{moment}")

    def _answer(self, scope: Scope, request: Request) -> Answer:
        # a write whose answer may be all that was lost is never sent twice; one that was put off was not begun
        retries = 0 if request.is_write else 2
        try:
            response = scope.adapter(request.service).request(
                request.path,
                request.method,
                json=request.body,
                headers=dict(request.headers),
                raise_exc=False,
                connect_retries=retries,
                status_code_retries=retries,
                before=self.operation.fence if request.is_write else None,
            )
        except ClientException as error:
            raise CloudError(getattr(error, "http_status", 0) or 0, str(error), str(request)) from error
        if date := response.headers.get("Date"):
            self._cloud_time_s = parsedate_to_datetime(date).timestamp()
        try:
            body = response.json() if response.content else {}
        except ValueError:
            body = {}
        return Answer(response.status_code, response.text, body if isinstance(body, dict) else {}, response.headers)

    async def _scope(self, who: str | Login | None) -> Scope:
        task = self._scopes.get(who)
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            task = self._scopes[who] = asyncio.ensure_future(self._log_in(who))
        return await asyncio.shield(task)

    async def _log_in(self, who: str | Login | None) -> Scope:
        if who is not None:
            # one after the other: the second finds the versions of Keystone that the first has asked for
            await self._scope(None)
        connection = await self.once("connection", lambda: self.run(self.operation.connect))
        return await self.run(partial(log_in, connection, who, self._transport))

    async def open_project(self, project_id: str) -> None:
        """Log in to the project while other things take their time; a refusal is left to the first real call."""
        try:
            await self._scope(project_id)
        except CloudError:
            return

    async def domain_id(self, name: str) -> str:
        """The id of the domain in which projects are made.

        Raises:
            CloudError: There is none of this name.
        """
        return await self.once(f"domain {name}", lambda: self._domain_id(name))

    async def _domain_id(self, name: str) -> str:
        scope = await self._scope(None)
        auth = cast("BaseIdentityPlugin", scope.session.auth)
        access = await self.run(lambda: auth.get_access(scope.session))
        if name in {access.user_domain_name, access.user_domain_id}:
            return str(access.user_domain_id)
        found = (await self.call(Service.IDENTITY, "GET", f"/domains?name={quote(name)}")).body["domains"]
        if not found:
            raise CloudError(404, "there is none", f"looking up the domain {name}")
        return str(found[0]["id"])

    async def user_id(self) -> str:
        """The id of the broker's own user."""
        scope = await self._scope(None)
        return str(await self.run(scope.session.get_user_id))

    async def role_ids(self, project_id: str) -> frozenset[str]:
        """The roles that the broker's own user has in the project, as its token there says; none where it gets none."""
        try:
            scope = await self._scope(project_id)
        except CloudError as error:
            if error.status != _UNAUTHORISED:
                raise
            return frozenset()
        auth = cast("BaseIdentityPlugin", scope.session.auth)
        access = await self.run(lambda: auth.get_access(scope.session))
        return frozenset(access.role_ids or ())

    async def named_id(self, service: Service, path: str, collection: str, name: str) -> str:
        """The id of the one thing that has this name, or this id, in the list at `path`.

        Raises:
            CloudError: There is none, or several.
        """
        answer = await self.once(path, lambda: self.call(service, "GET", path))
        return pick(answer.body[collection], collection, name)


def pick(items: Sequence[Item], collection: str, name: str) -> str:
    """The id of the one item that has this name or id.

    Raises:
        CloudError: There is none, or several.
    """
    found = [item["id"] for item in items if name in {item["name"], item["id"]}]
    if len(found) != 1:
        why = "there is none" if not found else f"{len(found)} have this name: use the id"
        raise CloudError(404, why, f"looking up {name} in {collection}")
    return str(found[0])
