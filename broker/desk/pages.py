"""The pages of the desk and what their buttons do. Each request reads the registry anew: nothing is kept in between."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, quote

import jinja2
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from broker.admit import RuleSet
from broker.desk import filing, sending, view, vocabulary, words
from broker.desk.cabinet import OFFICE, Cabinet, opened
from broker.desk.effect import amounts_of, effect_of, faults_of
from broker.desk.guard import HEADERS, Guard, Pass, same
from broker.dossier import State, with_orders
from broker.drafts.decision import Ruling, Verdict
from broker.errors import BrokerError, CannotDraft, RegistryBroken, SettingsError
from broker.signatures.agent import agent_keys
from broker.signatures.key import KeyLocked
from broker.signing import KeySource, key_of

_LONGEST_BYTES: Final = 64 * 1024
_TEMPLATES: Final = jinja2.Environment(
    loader=jinja2.PackageLoader("broker.desk"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_STYLE: Final = Path(__file__).with_name("desk.css")
_WHY: Final[tuple[tuple[type[BrokerError], str], ...]] = (
    (KeyLocked, "密钥文件有密码，请输入密码后再签署。"),
    (SettingsError, "密钥无法使用：请核对密码，或确认密钥代理中有您已登记的密钥。"),
    (RegistryBroken, "登记库副本无法读取，或收件库没有接收。已提交的内容留在本机，可稍后再次送交。"),
    (CannotDraft, "所填内容与此事项不符，或者此事项已不在这里。"),
    (BrokerError, "系统没有完成此操作。"),
)
"""What an officer reads of an error that speaks English; the first that fits."""


@dataclass(frozen=True)
class Desk:
    """One run: whose it is, which clone it works on, and what it is entered with."""

    folder: Path
    base: str
    person: str
    source: KeySource
    rules: RuleSet
    trust_root: str | None
    clock: Callable[[], datetime]
    way: Pass

    def cabinet(self) -> Cabinet:
        """The registry as it stands now."""
        return opened(self.folder, self.base, self.person, self.rules, self.trust_root, self.clock())


Page = Callable[[Request], Awaitable[Response]]


def app_of(desk: Desk) -> Starlette:
    """The web application."""
    at = "/{token}"
    routes = [
        Route(f"{at}/", _shown(desk, _first)),
        Route(f"{at}/desk.css", _style),
        Route(f"{at}/case/{{name}}", _shown(desk, _case)),
        Route(f"{at}/draft/{{name}}", _shown(desk, _draft)),
        Route(f"{at}/case/{{name}}/decide", _done(desk, _decide), methods=["POST"]),
        Route(f"{at}/draft/{{name}}/sign", _done(desk, _sign), methods=["POST"]),
        Route(f"{at}/draft/{{name}}/discard", _done(desk, _discard), methods=["POST"]),
        Route(f"{at}/hand-in", _done(desk, _hand_in), methods=["POST"]),
        Route(f"{at}/fetch", _done(desk, _fetch), methods=["POST"]),
    ]
    return Starlette(routes=routes, middleware=[Middleware(Guard, way=desk.way)])


async def _style(_request: Request) -> Response:
    return Response(_STYLE.read_bytes(), media_type="text/css", headers=HEADERS)


def _shown(desk: Desk, make: Callable[[Desk, Request], Response]) -> Page:
    """A page that only looks; git and the rules are asked in a thread."""

    async def page(request: Request) -> Response:
        try:
            return await asyncio.to_thread(make, desk, request)
        except BrokerError as error:
            return _told(desk, 404, "无法显示", error)

    return page


def _done(desk: Desk, act: Callable[[Desk, Request, dict[str, str]], str]) -> Page:
    """A button: what it does, then the page it leads to; or why it was not done."""

    async def page(request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return _told(desk, 413, "没有办理", filing.NotDone("所填内容过长。"))
        given = {name: "\n".join(values) for name, values in parse_qs(body.decode(errors="replace")).items()}
        if not same(given.get("seal", ""), desk.way.seal):
            return _told(desk, 403, "没有办理", filing.NotDone("表单不是本页发出的，请从待办重新打开。"))
        try:
            to = await asyncio.to_thread(act, desk, request, given)
        except BrokerError as error:
            return _told(desk, 409, "没有办理", error)
        return RedirectResponse(f"/{desk.way.token}/{to}", 303, HEADERS)

    return page


async def _body(request: Request) -> bytes | None:
    """The body; None where it is longer than any form of the desk."""
    found = b""
    async for piece in request.stream():
        found += piece
        if len(found) > _LONGEST_BYTES:
            return None
    return found


def _first(desk: Desk, request: Request) -> Response:
    cabinet = desk.cabinet()
    done = request.query_params.get("done", "")
    upstream, found = sending.upstream_of(desk.folder), view.overview(cabinet)
    return _page(desk, "overview.html", cabinet=cabinet, found=found, done=done, upstream=upstream, title="待办")


def _case(desk: Desk, request: Request) -> Response:
    cabinet, name = desk.cabinet(), request.path_params["name"]
    found = with_orders(cabinet.held, cabinet.dossier(name))
    matter = view.known(found)
    open_ = found.state is State.PENDING
    drafted = next((d for d in cabinet.drafts if matter.id in view.named_by(d.filed.spec)), None)
    return _page(
        desk,
        "case.html",
        cabinet=cabinet,
        found=found,
        matter=matter,
        lines=view.lines_of(matter.spec, cabinet),
        amounts=amounts_of(found),
        effect=effect_of(cabinet.if_approved(matter), cabinet) if open_ else None,
        exchanges=[list(view.exchange_lines(exchange)) for exchange in found.exchanges],
        may_decide=open_ and drafted is None and OFFICE in cabinet.roles,
        numbered=matter.kind in {"OnboardingRequest", "ServiceIntentForm"},
        returnable=matter.kind in {"OnboardingRequest", "ServiceIntentForm"},
        drafted=drafted,
        title=view.title_of(cabinet, matter),
    )


def _draft(desk: Desk, request: Request) -> Response:
    cabinet = desk.cabinet()
    draft = cabinet.draft(request.path_params["name"])
    return _page(
        desk,
        "draft.html",
        cabinet=cabinet,
        draft=draft,
        lines=view.lines_of(draft.filed.spec, cabinet),
        matters=view.matters_of(cabinet, draft),
        faults=faults_of(draft.faults),
        effect=effect_of(cabinet.if_merged(draft), cabinet),
        key=_key_of(desk, cabinet) if draft.role else "",
        locked=desk.source.file is not None,
        mine=draft.filed.document.metadata.filed_by == desk.person,
        title=view.title_of(cabinet, draft.filed),
    )


def _decide(desk: Desk, request: Request, given: dict[str, str]) -> str:
    conditions = tuple(line.strip() for line in given.get("conditions", "").splitlines() if line.strip())
    if given.get("verdict") not in set(Verdict):
        raise filing.NotDone("请选择同意、不同意或退回补正。")
    verdict = Verdict(given["verdict"])
    ruling = Ruling(verdict, given.get("number", "").strip(), conditions, given.get("reason", "").strip())
    name = filing.draft(desk.cabinet(), desk.folder, request.path_params["name"], ruling)
    return f"draft/{quote(name)}"


def _sign(desk: Desk, request: Request, given: dict[str, str]) -> str:
    cabinet, name = desk.cabinet(), request.path_params["name"]
    password = given.get("password", "")
    source = KeySource(desk.source.file, desk.source.agent, (lambda _path: password) if password else None)
    filing.put_name(cabinet, desk.folder, cabinet.draft(name), given.get("digest", ""), source)
    return f"draft/{quote(name)}"


def _discard(desk: Desk, request: Request, _given: dict[str, str]) -> str:
    cabinet, name = desk.cabinet(), request.path_params["name"]
    filing.throw_away(cabinet, desk.folder, cabinet.draft(name))
    return ""


def _hand_in(desk: Desk, _request: Request, _given: dict[str, str]) -> str:
    done = sending.hand_in(desk.folder, desk.cabinet().drafts, desk.person)
    told = f"已送交 {done.commit}" + (f"，推送至 {done.to}" if done.to else "（本地提交；此副本没有上游）")
    return f"?done={quote(told)}"


def _fetch(desk: Desk, _request: Request, _given: dict[str, str]) -> str:
    return f"?done={quote(f'已从 {sending.fetch(desk.folder, desk.person)} 取回更新')}"


def _key_of(desk: Desk, cabinet: Cabinet) -> str:
    """How the person would sign; empty = no key of his is at hand."""
    if desk.source.file is not None:
        return f"密钥文件 {desk.source.file.name}"
    try:
        if desk.source.agent is None or not agent_keys(desk.source.agent):
            return ""
        key_of(desk.source, desk.person, cabinet.registry)
    except BrokerError:
        return ""
    return "密钥代理（ssh-agent）中的密钥"


def _told(desk: Desk, status: int, title: str, error: BrokerError) -> Response:
    """A page that says why; what the broker says in English stands below it."""
    if isinstance(error, filing.NotDone):
        return _page(desk, "message.html", status, message=str(error), detail="", title=title)
    why = next(text for kind, text in _WHY if isinstance(error, kind))
    return _page(desk, "message.html", status, message=why, detail=str(error), title=title)


def _page(desk: Desk, template: str, status: int = 200, **values: object) -> Response:
    text = _TEMPLATES.get_template(template).render(
        root=f"/{desk.way.token}", seal=desk.way.seal, person=desk.person, words=words, vocabulary=vocabulary, **values
    )
    return HTMLResponse(text, status, HEADERS)
