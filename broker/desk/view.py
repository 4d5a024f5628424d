"""What the pages show, as plain values in Chinese; the templates only lay it out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from broker.desk import vocabulary, words
from broker.desk.cabinet import OFFICE, Cabinet, Draft
from broker.documents.envelope import Spec
from broker.dossier import Dossier, Exchange, State
from broker.drafts.decision import MATTERS
from broker.errors import CannotDraft
from broker.registry.filed import Filed
from policies.rule import Level

Line = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the first page."""

    id: str
    title: str
    kind: str
    party: str
    day: str
    mark: str
    """How it stands, in a few words."""
    tone: str
    """calm, warn or bad: how the mark looks."""
    last_day: str = ""


@dataclass(frozen=True, slots=True)
class Overview:
    """The first page."""

    to_sign: tuple[Row, ...]
    to_decide: tuple[Row, ...]
    with_others: tuple[Row, ...]
    ready: tuple[Row, ...]
    own: tuple[Row, ...]


def overview(cabinet: Cabinet) -> Overview:
    """What waits for the person, and what he waits for."""
    mine = [draft for draft in cabinet.drafts if draft.role is not None and not draft.complete]
    ready = [draft for draft in cabinet.drafts if draft.complete and not draft.faults]
    others = [draft for draft in cabinet.drafts if draft not in mine and draft not in ready]
    office = OFFICE in cabinet.roles
    return Overview(
        to_sign=tuple(_draft_row(cabinet, draft) for draft in mine),
        to_decide=tuple(_matter_row(cabinet, matter) for matter in cabinet.pending) if office else (),
        with_others=tuple(_draft_row(cabinet, draft) for draft in others),
        ready=tuple(_draft_row(cabinet, draft) for draft in ready),
        own=() if office else tuple(_own_row(cabinet, each) for each in cabinet.own),
    )


def title_of(cabinet: Cabinet, filed: Filed[Spec]) -> str:
    """What the document is about, for people: the system's name where there is one."""
    spec: Any = filed.spec
    fields = vars(spec)
    if name := fields.get("name_zh"):
        return str(name)
    for field in ("form", "request", "plan", "matter"):
        if isinstance(name := fields.get(field), str) and (behind := _matter(cabinet, name)):
            return title_of(cabinet, behind)
    if requests := fields.get("requests"):
        behind_all = [_matter(cabinet, name) for name in requests]
        return "、".join(title_of(cabinet, one) for one in behind_all if one is not None)
    system = fields.get("system")
    named = (f for f in cabinet.held.filed if vars(f.spec).get("system") == system and vars(f.spec).get("name_zh"))
    first = next(named, None) if system else None
    return filed.id if first is None else title_of(cabinet, first)


def _matter(cabinet: Cabinet, name: str) -> Filed[Spec] | None:
    """The matter of this id. Only matters are followed: a paper that names itself leads nowhere."""
    found = cabinet.held.get(name)
    return found if found is not None and isinstance(found.spec, MATTERS) else None


def exchange_lines(exchange: Exchange) -> Iterator[tuple[str, str]]:
    """Who said what, in order."""
    yield f"问（{exchange.question.document.metadata.filed_by}）", exchange.question.spec.question
    for answer in exchange.answers:
        yield f"答（{answer.document.metadata.filed_by}）", answer.spec.answer


def lines_of(spec: Spec, cabinet: Cabinet) -> tuple[Line, ...]:
    """The content of a document, with the names of the organisations that it names."""
    return tuple(words.told(spec, cabinet.names))


def matters_of(cabinet: Cabinet, draft: Draft) -> tuple[tuple[str, str], ...]:
    """Id and title of the matters that the draft decides."""
    filed = (cabinet.held.get(name) for name in named_by(draft.filed.spec))
    return tuple((one.id, title_of(cabinet, one)) for one in filed if one is not None)


def named_by(spec: Spec) -> tuple[str, ...]:
    """Ids of the filings that a decision is about."""
    fields = vars(spec)
    named = (fields.get(name) for name in ("form", "plan", "request", "matter"))
    return (*(name for name in named if isinstance(name, str)), *fields.get("requests", ()))


def _draft_row(cabinet: Cabinet, draft: Draft) -> Row:
    filed = draft.filed
    mark = f"已签 {len(draft.signers)} / {draft.wanted}"
    tone = "calm"
    if draft.faults:
        mark, tone = f"有 {len(draft.faults)} 处问题", "bad"
    elif draft.complete:
        mark = "签名齐全，待送交"
    elif draft.role is None and draft.bar != "SIGNED":
        mark, tone = f"{mark}，须他人签署", "warn"
    filed_by = filed.document.metadata.filed_by
    day = words.day(filed.document.metadata.filed_on)
    return Row(filed.id, title_of(cabinet, filed), words.kind(filed.spec), filed_by, day, mark, tone)


def _matter_row(cabinet: Cabinet, matter: Filed[Spec]) -> Row:
    reading = cabinet.due.get(matter.id)
    last, mark, tone = "", "待决定", "calm"
    if reading is not None:
        last, mark = words.day(reading.last_day), vocabulary.CLOCKS.get(reading.state, "在办")
        tone = {"已超期": "bad", "将到期": "warn"}.get(mark, "calm")
    answer = cabinet.answers.get(matter.id)
    if answer is not None and not answer.admitted:
        mark, tone = (
            f"规则提出 {len(answer.findings)} 个问题",
            "warn" if all(f.level is Level.HOLD for f in answer.findings) else "bad",
        )
    party = str(vars(matter.spec).get(matter.spec.filer, ""))
    return Row(
        matter.id,
        title_of(cabinet, matter),
        words.kind(matter.spec),
        cabinet.names.get(party, party),
        words.day(matter.document.metadata.filed_on),
        mark,
        tone,
        last,
    )


def _own_row(cabinet: Cabinet, found: Dossier) -> Row:
    newest = found.versions[-1].filed
    open_ = [exchange for exchange in found.exchanges if not exchange.answers]
    mark = "有询问待答复" if open_ else vocabulary.STATES[found.state]
    tone = "warn" if open_ or found.state is State.RETURNED else "calm"
    day = words.day(newest.document.metadata.filed_on)
    return Row(newest.id, title_of(cabinet, newest), words.kind(newest.spec), "", day, mark, tone)


def known(found: Dossier) -> Filed[Spec]:
    """The newest version.

    Raises:
        CannotDraft: There is none.
    """
    if not found.versions:
        raise CannotDraft("the case has no filing")
    return found.versions[-1].filed
