"""The year as lines to read, by date: Chinese for what the rule says, English for what the broker does."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from broker.check.difference import Difference, Verb
from broker.clock import SHANGHAI
from broker.clocks.clock import Reading, State
from broker.documents.envelope import Nature
from broker.documents.organisations import OrganisationSpec, PersonSpec, ProviderSpec, UnitSpec
from broker.estate.lifecycle import STAGE_ZH
from broker.registry.filed import Registry
from stacks.spec import StackSpec
from tools.story.cases import CASES, case_of
from tools.story.year import Moment, Paper, StackChange

WEEKDAYS = "一二三四五六日"
_CHINESE = re.compile(r"[\u4e00-\u9fff、]+")
_ARTICLE = re.compile(r"\(([CS]-[^()]*(?:\([^()]*\)[^()]*)*)\)")
_WORD: Mapping[Nature, str] = {
    Nature.FOUNDATION: "生效 in force",
    Nature.FILING: "受理 admitted",
    Nature.DECISION: "生效 in force",
    Nature.EVIDENCE: "存档 on file",
}
_TURN: Mapping[State, str] = {
    State.MET: "按期 met",
    State.LATE: "逾期完成 late",
    State.OVERDUE: "逾期 overdue",
    State.CLOSED: "已办结 closed",
    State.PROVISIONAL: "起算(暂定) provisional",
    State.RUNNING: "起算 running",
    State.DUE_SOON: "起算 running",
}
_SAID = ("decision", "conclusion", "result", "summary")


class Names:
    """Chinese names of people's organisations, as the registry has them."""

    def __init__(self, registry: Registry) -> None:
        people = {f.id: f.spec.organisation for f in registry.of(PersonSpec)}
        named = {f.id: f.spec.name_zh for f in registry.of(OrganisationSpec)}
        named |= {f.id: f.spec.name_zh for f in registry.of(UnitSpec)}
        named |= {f.id: f.spec.name_zh for f in registry.of(ProviderSpec)}
        self._of = {**named, **{person: named.get(organisation, "") for person, organisation in people.items()}}

    def __getitem__(self, name: str) -> str:
        return self._of.get(name) or name


def lines(moment: Moment, names: Names) -> Iterator[str]:
    """All that happened then; nothing where nothing did that is worth a line."""
    told = [
        *(line for paper in moment.papers for line in _paper(paper, names)),
        *_turns(moment.turns, names),
        *_changes(moment.changes),
        *(f"  云上  {change.stack}: {', '.join(_stack(change))}" for change in moment.stacks),
    ]
    if told:
        yield ""
        yield _when(moment.at)
        yield from told


def opening(moment: Moment) -> Iterator[str]:
    """How the district stood as the year opened."""
    yield _when(moment.at)
    refused = sum(bool(paper.findings) for paper in moment.papers)
    yield f"  开年  {len(moment.papers)} 份既有文件 documents，{refused} 份不予受理 refused"
    for system in moment.estate.systems:
        yield f"  系统  {system.id}  {STAGE_ZH[system.lifecycle]}  {system.approval_number or ''}".rstrip()
    yield f"  云上  plan: {len(moment.stacks)} stacks"


def closing(told: tuple[Moment, ...]) -> Iterator[str]:
    """The twelve cases, each with its answers; and what the year came to."""
    yield ""
    yield "全年 · the twelve cases"
    for id_, case in CASES.items():
        papers = [paper for moment in told for paper in moment.papers if case_of(paper.filed.id) == id_]
        codes = sorted({f"{finding.code}({finding.article})" for paper in papers for finding in paper.findings})
        turns = [r for moment in told for r in moment.turns if case_of(r.span.subject) == id_ and r.state in _ENDS]
        ends = [f"{r.clock.id} {r.last_day} {_TURN[r.state]}" for r in turns]
        yield f"  {id_}  {case.title_zh}：{len(papers)} 份文件" + "".join(f"；{part}" for part in (*codes, *ends))
    papers = [paper for moment in told for paper in moment.papers]
    count = Counter(reading.state for moment in told for reading in moment.turns if reading.state in _ENDS)
    refused = sum(bool(paper.findings) and not paper.at_the_door for paper in papers)
    yield (
        f"  {len(papers)} 份文件 documents, {refused} 不予受理 refused, "
        f"{sum(paper.at_the_door for paper in papers)} 不得入库 refused at the door; "
        + ", ".join(f"{count[state]} {_TURN[state]}" for state in _ENDS)
    )


_ENDS = (State.MET, State.LATE, State.OVERDUE)


def _paper(paper: Paper, names: Names) -> Iterator[str]:
    filed = paper.filed
    case = f"[{found}] " if (found := case_of(filed.id)) else ""
    who = names[filed.document.metadata.filed_by]
    spec: Any = filed.spec
    said = "".join(f" {value}" for name in _SAID if isinstance(value := getattr(spec, name, None), str))
    head = f"{case}{_title(filed.spec)} {filed.id}（{who}）"
    if not paper.findings:
        yield f"  收文  {head} → {_WORD[filed.spec.nature]}{said}"
        return
    yield f"  收文  {head} → " + ("不得入库 refused at the door" if paper.at_the_door else "不予受理 refused")
    for finding in paper.findings:
        yield f"        {finding.code}({finding.article}) {finding.fact_zh}；{finding.cure_zh}"


def _title(spec: Any) -> str:
    """The kind in Chinese where its own description begins so, with the articles that it names."""
    told = (type(spec).__doc__ or "").partition("\n")[0]
    name, article = _CHINESE.match(told), _ARTICLE.search(told)
    return (name.group() if name else spec.kind) + (f"({article.group(1)})" if article else "")


def _turns(turns: tuple[Reading, ...], names: Names) -> Iterator[str]:
    """Each clock of the twelve cases; of the others those that were missed, one line for each clock."""
    missed: dict[tuple[str, str, str], list[str]] = {}
    for reading in turns:
        clock, span = reading.clock, reading.span
        head = f"{clock.title_zh} {clock.id}({clock.article})"
        if case := case_of(span.subject):
            party = names[span.party] if span.party else clock.role
            until = f"至 {reading.last_day} 24:00：{_TURN[reading.state]}"
            yield f"  期限  [{case}] {head} {span.subject}（{party}）{until}"
        elif reading.state in {State.LATE, State.OVERDUE}:
            who = names[span.party] if span.party else span.subject
            missed.setdefault((head, str(reading.last_day), _TURN[reading.state]), []).append(who)
    for (head, day, word), parties in missed.items():
        yield f"  期限  {head}（{'、'.join(dict.fromkeys(parties))}）至 {day} 24:00：{word}"


def _changes(changes: tuple[Difference, ...]) -> Iterator[str]:
    """What came and went, counted by kind; what changed, one by one."""
    counted: dict[tuple[str, str, Verb], Counter[str]] = {}
    for change in changes:
        if change.verb in {Verb.CREATED, Verb.DELETED}:
            counted.setdefault((change.system, change.zone, change.verb), Counter())[change.kind] += 1
    for (system, zone, verb), kinds in counted.items():
        yield f"  资源  {system}/{zone} {verb}: " + ", ".join(f"{n} {kind}" for kind, n in kinds.items())
    for change in changes:
        if change.verb not in {Verb.CREATED, Verb.DELETED}:
            yield f"  资源  {change.system}/{change.zone} {change.kind} {change.name} {change.verb}: {change.told}"


def _stack(change: StackChange) -> Iterator[str]:
    """What a reconcile would do to the stack: its figures, each as it was and as it must be."""
    before, after = figures(change.before), figures(change.after)
    if change.before is None or change.after is None:
        yield "made" if change.before is None else "removed"
        yield from (f"{name} {value}" for name, value in (after or before).items())
        return
    moved = [f"{name} {before[name]} → {value}" for name, value in after.items() if before[name] != value]
    yield from moved or ["its description changes, no figure"]


def figures(spec: StackSpec | None) -> dict[str, str]:
    """What of a stack can be counted, by name; nothing where there is no stack."""
    if spec is None:
        return {}
    servers = [server for tier in spec.tiers for server in tier.servers]
    return {
        "servers": str(len(servers)),
        "data volumes": str(sum(len(server.volumes) for server in servers)),
        "buckets": str(len(spec.buckets)),
        "bandwidth Mbps": str(spec.bandwidth_mbps),
        "public addresses open": str(sum(address.attached for address in spec.public_addresses)),
        "power": spec.power.value,
    }


def _when(at: datetime) -> str:
    here = at.astimezone(SHANGHAI)
    return f"{here:%Y-%m-%d} 周{WEEKDAYS[here.weekday()]} {here:%H:%M}"
