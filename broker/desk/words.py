"""Documents, differences and instants as the desk's pages tell them, in Chinese."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

from broker.clock import SHANGHAI
from broker.desk.fields import FIELDS, KIND_FIELDS, ORGANISATIONS, PLAIN, TOLD, VALUES
from broker.desk.vocabulary import RESOURCES
from broker.documents.envelope import Spec
from broker.documents.fields import Part
from broker.documents.names import KINDS_ZH
from broker.estate.lifecycle import STAGE_ZH
from broker.estate.moot import Moot

_FIELD: Final = re.compile(r"(?:^| )([a-z_]+)=")


def kind(spec: Spec) -> str:
    """What the kind of document is called."""
    return KINDS_ZH.get(spec.kind, spec.kind)


def told(part: Part, names: Mapping[str, str], depth: int = 0) -> Iterator[tuple[int, str, str]]:
    """The content of a document as lines: how deep, the field's name, its value (empty = what is below it).

    `names`: those of the organisations, by id.
    """
    own = KIND_FIELDS.get(part.kind, {}) if isinstance(part, Spec) else {}
    for name, value in part:
        if name in ORGANISATIONS and value in names:
            yield depth, FIELDS[name], f"{names[value]}（{value}）"
        else:
            yield from _line(own.get(name) or _label(name, value), value, names, depth)


def resource(kind: str, name: str) -> str:
    """A resource of the estate."""
    named = RESOURCES.get(kind, kind)
    return named if kind in {"system", "bandwidth"} else f"{named} {name}"


def differing(text: str) -> str:
    """What the check tells of a resource, field by field: `name=was -> is` or `name=is`."""
    labelled = _FIELD.sub(lambda found: f"\0{TOLD.get(found[1]) or FIELDS.get(found[1], found[1])}：", text)
    parts = (part.strip() for part in labelled.split("\0"))
    return "；".join(_values(part) for part in parts if part).replace(" -> ", " → ")


def _values(part: str) -> str:
    """The part with its plain values in Chinese."""
    label, _, value = part.partition("：")
    return f"{label}：{' -> '.join(PLAIN.get(one, one) for one in value.split(' -> '))}"


def _label(name: str, value: Any) -> str:
    if name == "tier" and value in {"standard", "high_performance"}:
        return "性能"
    if name == "purpose" and value in VALUES:
        return "类别"
    return FIELDS.get(name, name)


def moot(one: Moot) -> str:
    """An order that changes nothing, with what stands in its way (C-6(五), C-17)."""
    by = f"（依据 {one.by}）" if one.by else ""
    stage = f"届时{STAGE_ZH[one.stage]}{by}" if one.stage else "届时不存在"
    return f"{one.order}（{moment(one.at)}起生效）：{one.system} {stage}，该决定未起作用"


def moment(at: datetime) -> str:
    """An instant as people in Shanghai read it."""
    return at.astimezone(SHANGHAI).strftime("%Y年%-m月%-d日 %H:%M")


def day(at: date) -> str:
    """A day as a paper has it."""
    return f"{at.year}年{at.month}月{at.day}日"


def _line(name: str, value: Any, names: Mapping[str, str], depth: int) -> Iterator[tuple[int, str, str]]:
    if value is None or value == ():
        return
    if isinstance(value, Part):
        yield depth, name, ""
        yield from told(value, names, depth + 1)
    elif isinstance(value, tuple) and any(isinstance(each, Part) for each in value):
        for n, each in enumerate(value, start=1):
            yield from _line(f"{name} {n}" if len(value) > 1 else name, each, names, depth)
    elif isinstance(value, tuple):
        yield depth, name, "；".join(_text(each) for each in value)
    else:
        yield depth, name, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    return VALUES.get(value, value) if isinstance(value, str) else str(value)
