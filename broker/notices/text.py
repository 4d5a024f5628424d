"""The words of a message: Chinese, with the article, one template per topic. Pure but for the templates' files."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import jinja2

from broker.canonical import Json
from broker.clock import SHANGHAI
from broker.clocks.table import CLOCKS
from broker.documents.names import KINDS_ZH
from broker.errors import OperatorError
from broker.notices.directory import Directory

_RULES: Final = {"C": "《津南区政务云管理办法》", "S": "《津南区政务信息资源共享管理暂行办法》"}
_ARTICLE: Final = re.compile(r"(?P<rule>[CS])-(?P<number>\d+)(?:[(（](?P<item>[一二三四五六七八九十]+)[)）])?")
_DIGITS: Final = "〇一二三四五六七八九"
_VERDICTS: Final[Mapping[str, str]] = {
    "approved": "同意",
    "refused": "不同意",
    "returned": "退回补正",
    "deferred": "暂缓",
}
_EXPIRY: Final[Mapping[str, str]] = {clock.id: clock.expiry_zh for clock in CLOCKS}


class NoWords(OperatorError):
    """A message cannot be put into words: its topic has no template, or it lacks what the template tells."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What goes over a channel."""

    title: str
    text: str


def letter(key: str, topic: str, body: Json, to: tuple[str, ...], known: Directory) -> Letter:
    """The message in words, for these addressees.

    Raises:
        NoWords: The topic has no template, or the message does not hold what it needs.
    """
    told: dict[str, Any] = body if isinstance(body, dict) else {}
    try:
        written = _environment(known).get_template(f"{topic}.txt").render(told)
    except jinja2.TemplateNotFound:
        raise NoWords(f"writing {key}: there is no template for {topic}") from None
    except (jinja2.TemplateError, ValueError, TypeError) as error:
        raise NoWords(f"writing {key}: the template of {topic} cannot be filled: {error}") from error
    title, _, text = written.partition("\n")
    greeting = f"{'、'.join(known.name_of(one) for one in to)}：\n\n" if to else ""
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines() if line.strip())
    end = f"\n\n（本通知由政务云资源管理系统发出。通知编号：{key}）\n"
    mark = "【模拟】" if known.simulated else ""
    return Letter(f"{mark}{title.strip()}", f"{greeting}{lines}{end}")


def topics() -> tuple[str, ...]:
    """Every topic that can be put into words."""
    names = _LOADER.list_templates()
    return tuple(sorted(name.removesuffix(".txt") for name in names))


def article_zh(article: str) -> str:
    """Such as `C-12(二)` in words: 《津南区政务云管理办法》第十二条第（二）项."""
    found = _ARTICLE.match(article)
    if found is None:
        return article
    item = f"第（{found['item']}）项" if found["item"] else ""
    return f"{_RULES[found['rule']]}第{_numeral(int(found['number']))}条{item}"


def _numeral(number: int) -> str:
    """1 to 99."""
    tens, ones = divmod(number, 10)
    head = "" if not tens else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return f"{head}{_DIGITS[ones]}" if ones or not tens else head


def _day(text: str) -> str:
    day = date.fromisoformat(text)
    return f"{day.year}年{day.month}月{day.day}日"


def _moment(text: str) -> str:
    at = datetime.fromisoformat(text).astimezone(SHANGHAI)
    return f"{_day(at.date().isoformat())}{at:%H:%M}"


def _month(text: str) -> str:
    year, _, month = text.partition("-")
    return f"{year}年{int(month)}月" if month else f"{year}年"


def _about(systems: list[str]) -> str:
    return f"，涉及系统：{'、'.join(systems)}" if systems else ""


_LOADER: Final = jinja2.PackageLoader("broker.notices")


def _environment(known: Directory) -> jinja2.Environment:
    environment = jinja2.Environment(  # noqa: S701 - plain text: nothing reads it as HTML
        loader=_LOADER, undefined=_Lenient, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    filters: dict[str, Callable[[Any], str]] = {
        "article": article_zh,
        "day": _day,
        "moment": _moment,
        "month": _month,
        "about": _about,
        "name": known.name_of,
        "kind": lambda kind: KINDS_ZH.get(kind, kind),
        "verdict": lambda word: _VERDICTS.get(word, word),
        "expiry": _EXPIRY.__getitem__,
    }
    environment.filters.update(filters)
    return environment


class _Lenient(jinja2.StrictUndefined):
    """What a message does not hold may be asked for, but not told: an optional part is left out by its template."""

    __slots__ = ()

    def __bool__(self) -> bool:  # type: ignore[override]  # asking is allowed, which the strict one forbids
        return False
