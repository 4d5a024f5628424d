"""YAML as documents may use it: the 1.2 core scalars, without anchors, aliases, tags, directives or doubled keys."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import yaml
from yaml._yaml import CParser

from broker.canonical import Json
from broker.problem import Place, Problem

MAX_BYTES: Final = 256 * 1024
"""The longest real form has 20 KiB; an attachment is a digest, so nothing larger belongs here."""
MAX_DEPTH: Final = 32
MAX_NODES: Final = 20_000
MAX_INTEGER: Final = 2**53 - 1
"""The largest whole number that canonical JSON holds exactly (RFC 8785 3.2.2.3)."""

MAX_DIGITS: Final = 64
"""A longer number is out of range whatever it is; Python would take quadratic time to read it."""

_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER: Final = re.compile(r"[-+]?[0-9]+\Z")
_BASED: Final = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_NOT_FINITE: Final = re.compile(r"[-+]?\.(inf|Inf|INF)\Z|\.(nan|NaN|NAN)\Z")
_UNSEEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Control characters, and marks that make a reader see another text than the one that is signed."""

Scalar: TypeAlias = str | int | float | bool | None
Container: TypeAlias = "dict[str, Json] | list[Json]"


class Unreadable(Exception):
    """The text is no document at all; holds the problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Positions:
    """Line and column, from 1, of every field path of a file."""

    places: dict[str, tuple[int, int]]

    def nearest(self, name: str) -> tuple[int, int]:
        """Where the field stands, or the smallest part around it that is there; (1, 1) for the whole document."""
        while name and name not in self.places:
            name = name[: max(name.rfind("."), name.rfind("["), 0)]
        return self.places.get(name, (1, 1))


@dataclass(slots=True)
class _Level:
    """A mapping or sequence that is being read."""

    holder: Container
    name: str
    key: str | None = None


@dataclass(slots=True)
class _Reading:
    path: str
    places: dict[str, tuple[int, int]] | None
    problems: list[Problem] = field(default_factory=list)
    levels: list[_Level] = field(default_factory=list)
    root: Json = None

    def report(self, event: yaml.Event, fact: str, cure: str, code: str = "YAML_NOT_ALLOWED") -> None:
        self.problems.append(Problem(Place(self.path, *_start(event), self._name()), code, fact, cure))

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.MappingStartEvent):
            self._open(event, {})
        elif isinstance(event, yaml.SequenceStartEvent):
            self._open(event, [])
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self.levels.pop()
        elif isinstance(event, yaml.AliasEvent):
            self.report(event, "the alias repeats another part of the file", "write the part out")
            self._place(event, None)
        elif isinstance(event, yaml.DocumentStartEvent) and (event.version or event.tags):
            self.report(event, "the file begins with a YAML directive", "leave the line that begins with % out")

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        self._plain(event)
        level = self.levels[-1] if self.levels else None
        if level and isinstance(level.holder, dict) and level.key is None:
            self._key(event, level)
        else:
            self._place(event, self._value(event))

    def _key(self, event: yaml.ScalarEvent, level: _Level) -> None:
        level.key = key = str(event.value)
        if event.implicit[0] and not isinstance(_resolved(key), str):
            self.report(event, f"the key {key or 'null'} is no text", "give the key its name in letters")
        elif key in level.holder:
            self.report(event, f"the key {key} stands twice in the same part", "keep one of the two", "KEY_TWICE")
        if self.places is not None:
            self.places.setdefault(self._name(), _start(event))

    def _value(self, event: yaml.ScalarEvent) -> Scalar:
        value = _resolved(event.value) if event.implicit[0] else event.value
        if isinstance(value, int) and abs(value) > MAX_INTEGER:
            self.report(event, "the number is beyond 2^53", "give a whole number that is possible", "OUT_OF_RANGE")
            return 0
        if isinstance(value, float) and value in (float("inf"), float("-inf")):
            self.report(event, f"{event.value} is no finite number", "give a finite number", "OUT_OF_RANGE")
            return 0
        if isinstance(value, str) and (unseen := _UNSEEN.search(value)):
            fact = f"the text holds the invisible character U+{ord(unseen.group()):04X}"
            self.report(event, fact, "take the character out")
        return value

    def _open(self, event: yaml.CollectionStartEvent, holder: Container) -> None:
        self._plain(event)
        level = self.levels[-1] if self.levels else None
        if level and isinstance(level.holder, dict) and level.key is None:
            self.report(event, "a list or mapping is used as a key", "give the key its name in letters")
            level.key = ""
        name = self._name()
        self._place(event, holder)
        self.levels.append(_Level(holder, name))

    def _place(self, event: yaml.Event, value: Json) -> None:
        if not self.levels:
            self.root = value
            return
        level = self.levels[-1]
        if isinstance(level.holder, list):
            if self.places is not None:
                self.places[self._name()] = _start(event)
            level.holder.append(value)
        elif level.key is None:
            self.report(event, "an alias is used as a key", "give the key its name in letters")
            level.key = ""
        elif isinstance(level.holder, dict):
            level.holder.setdefault(level.key, value)
            level.key = None

    def _plain(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.anchor is not None:
            self.report(event, f"the part carries the anchor &{event.anchor}", "leave the anchor out")
        if event.tag is not None:
            self.report(event, f"the part carries the tag {event.tag}", "leave the tag out")

    def _name(self) -> str:
        if not self.levels:
            return ""
        level = self.levels[-1]
        if isinstance(level.holder, list):
            return f"{level.name}[{len(level.holder)}]"
        return f"{level.name}.{level.key or ''}".strip(".") if level.key is not None else level.name


def read(data: bytes, path: str) -> tuple[Json, tuple[Problem, ...]]:
    """The value of the file and everything in it that documents may not use.

    Dates stay text. With problems the value is there for further checks only.

    Raises:
        Unreadable: Too large, not UTF-8, too deep, no YAML, or not exactly one document.
    """
    reading = _Reading(path, None)
    _run(reading, data)
    return reading.root, tuple(reading.problems)


def positions(data: bytes) -> Positions:
    """Where every field of the file stands, as far as it can be read."""
    reading = _Reading("", {})
    with suppress(Unreadable):
        _run(reading, data)
    return Positions(reading.places or {})


def _run(reading: _Reading, data: bytes) -> None:
    text = _text(data, reading.path)
    documents = nodes = 0
    for event in _events(text, reading.path):
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
        elif isinstance(event, yaml.NodeEvent):
            nodes += 1
        reading.take(event)
        if documents > 1:
            raise _unreadable(reading.path, event, "the file holds more than one document", "file each on its own")
        if nodes > MAX_NODES or len(reading.levels) > MAX_DEPTH:
            fact = f"the file has more than {MAX_NODES} values or is nested deeper than {MAX_DEPTH}"
            raise _unreadable(reading.path, event, fact, "file what the form asks for, the rest as an attachment")
    if not documents:
        raise Unreadable(Problem(Place(reading.path, 1, 1), "NOT_YAML", "the file is empty", "fill in the form"))


def _text(data: bytes, path: str) -> str:
    if len(data) > MAX_BYTES:
        fact = f"the file has {len(data)} bytes, a document has at most {MAX_BYTES}"
        raise Unreadable(Problem(Place(path), "FILE_TOO_LARGE", fact, "file large matter as an attachment"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        fact = f"byte {error.start} is not UTF-8"
        raise Unreadable(Problem(Place(path, line, column), "NOT_UTF8", fact, "save the file as UTF-8")) from None


def _events(text: str, path: str) -> Iterator[yaml.Event]:
    try:
        parser = CParser(text)
        while (event := parser.get_event()) is not None and not isinstance(event, yaml.StreamEndEvent):
            yield event
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(path, mark.line + 1, mark.column + 1) if mark else Place(path)
        fact = f"the file is no YAML here: {error.problem or error.context}"
        raise Unreadable(Problem(place, "NOT_YAML", fact, "mend indentation, quotes or brackets")) from None
    except yaml.YAMLError as error:
        fact = f"the file is no YAML: {str(error).splitlines()[0]}"
        raise Unreadable(Problem(Place(path), "NOT_YAML", fact, "take characters out that are no text")) from None


def _unreadable(path: str, event: yaml.Event, fact: str, cure: str) -> Unreadable:
    return Unreadable(Problem(Place(path, *_start(event)), "NOT_YAML", fact, cure))


def _start(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _resolved(text: str) -> Scalar:
    """A plain scalar by the core schema (YAML 1.2.2, 10.3.2); what is no null, boolean or number is text."""
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if text[0] not in "+-.0123456789":
        return text
    if _INTEGER.match(text) or _BASED.match(text):
        return int(text, 0 if text[1:2] in {"o", "x"} else 10) if len(text) < MAX_DIGITS else MAX_INTEGER + 1
    return float(text) if _FLOAT.match(text) else float("inf") if _NOT_FINITE.match(text) else text
