"""Text of a file to a typed document, or everything that is wrong with it, in words of the form."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import rfc8785
from pydantic import ValidationError

from broker.canonical import Json, digest
from broker.documents.envelope import API_VERSION, Document, Spec
from broker.documents.kinds import DOCUMENTS, SPECS
from broker.problem import Place, Problem
from broker.registry.placeholders import CODE as PLACEHOLDER_LEFT
from broker.registry.placeholders import CURE, left
from broker.registry.yaml import Positions, Unreadable, positions, read

FOLDERS: Final = frozenset(spec.folder for spec in SPECS)
_FOLDER_OF: Final[Mapping[str, str]] = {spec.kind: spec.folder for spec in SPECS}
_TAG_KEYS: Final = ("kind", "action", "purpose")
"""The keys by which the models tell alternatives apart; pydantic puts their values into the path of an error."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A well-formed document: valid by itself, whatever else the registry holds."""

    document: Document[Spec]
    digest: str
    json: bytes
    """The values as JSON, for the parse cache."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that is no document: everything wrong with it, and its id as far as it could be read."""

    problems: tuple[Problem, ...]
    id: str | None = None
    unfinished: Parsed | None = None
    """The document, where it would be one but for placeholders in texts. It counts where it was admitted before."""


def parse(data: bytes, path: str) -> Parsed | Refused:
    """The document of a file, or all its problems at once."""
    try:
        raw, problems = read(data, path)
    except Unreadable as unreadable:
        return Refused((unreadable.problem,))
    if not isinstance(raw, dict):
        fact = "the file holds no form"
        return Refused((*problems, Problem(Place(path, 1, 1), "NOT_YAML", fact, "begin with apiVersion and kind")))
    found = (*problems, *_misplaced(raw, data, path))
    model = DOCUMENTS.get(str(raw.get("kind")))
    if model is None:
        return Refused(found, _id(raw))
    text = json.dumps(raw, ensure_ascii=False, separators=(",", ":")).encode()
    open_ = tuple(_open(left(raw, text), data, path))
    try:
        document = model.model_validate_json(text)
        if _QUOTED_NUMBER.search(text):
            found = (*found, *_timestamps(document, raw, data, path))
        if not found:
            whole = Parsed(document, digest(raw), text)
            return Refused(open_, _id(raw), whole) if open_ else whole
    except ValidationError as error:
        named = {problem.place.field for problem in open_}
        faults = _explained(error, raw, positions(data), path)
        found = (*found, *(fault for fault in faults if fault.place.field not in named))
    except rfc8785.CanonicalizationError as error:
        cure = "give values that JSON can hold exactly"
        found = (*found, Problem(Place(path, 1, 1), "OUT_OF_RANGE", f"the form has no canonical text: {error}", cure))
    return Refused((*found, *open_), _id(raw))


def _open(names: Iterable[str], data: bytes, path: str) -> Iterator[Problem]:
    """A problem for each field that nobody filled in."""
    for name in names:
        place = Place(path, *positions(data).nearest(name), name)
        yield Problem(place, PLACEHOLDER_LEFT, f"{name.rsplit('.', 1)[-1]} still holds its placeholder", CURE)


def _id(raw: dict[str, Json]) -> str | None:
    metadata = raw.get("metadata")
    name = metadata.get("id") if isinstance(metadata, dict) else None
    return name if isinstance(name, str) else None


def _misplaced(raw: dict[str, Json], data: bytes, path: str) -> Iterator[Problem]:
    kind, folder = raw.get("kind"), path.split("/", 1)[0]
    if not isinstance(kind, str) or kind not in _FOLDER_OF:
        place = Place(path, *positions(data).nearest("kind"), "kind")
        known = ", ".join(sorted(_FOLDER_OF))
        fact = f"the kind {kind!r} is not known" if "kind" in raw else "the form does not say its kind"
        yield Problem(place, "KIND_UNKNOWN", fact, f"give one of {known}")
    elif folder != _FOLDER_OF[kind]:
        place = Place(path, *positions(data).nearest("kind"), "kind")
        fact = f"the file lies in {folder}/, but {kind} documents lie in {_FOLDER_OF[kind]}/"
        yield Problem(place, "WRONG_FOLDER", fact, f"file it below {_FOLDER_OF[kind]}/")


def _timestamps(document: Document[Spec], raw: Json, data: bytes, path: str) -> Iterator[Problem]:
    """Digits in quotes that pydantic took for seconds since 1970: no form writes a date like that."""
    for name, text, value in _pairs(raw, document, ""):
        if isinstance(value, date):
            place = Place(path, *positions(data).nearest(name), name)
            yield Problem(place, "FIELD_TYPE", f"{_shown(text)} is no date", f"give {_TYPES['datetime_type']}")


def _pairs(raw: Json, value: Any, name: str) -> Iterator[tuple[str, str, Any]]:
    """Every text of the file that is a bare number, with its field path and what the model made of it."""
    if isinstance(raw, dict):
        for key, member in raw.items():
            attribute = "api_version" if key == "apiVersion" else key
            yield from _pairs(member, getattr(value, attribute), f"{name}.{key}".removeprefix("."))
    elif isinstance(raw, list):
        for n, (member, made) in enumerate(zip(raw, value, strict=True)):
            yield from _pairs(member, made, f"{name}[{n}]")
    elif isinstance(raw, str) and _BARE_NUMBER.match(raw):
        yield name, raw, value


def _explained(error: ValidationError, raw: Json, where: Positions, path: str) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    faults = error.errors(include_url=False)
    inner = {fault["loc"][:depth] for fault in faults for depth in range(len(fault["loc"]))}
    for fault in faults:
        if fault["type"] == "too_short" and fault["loc"] in inner:
            continue  # pydantic counts the members that are well: those that are not have faults of their own
        name = _field(fault["loc"], raw)
        code, fact, cure = _words(fault["type"], fault.get("ctx", {}), fault["msg"], fault["input"], name)
        if (name, code) not in seen:
            seen.add((name, code))
            yield Problem(Place(path, *where.nearest(name), name), code, fact, cure)


def _field(location: tuple[int | str, ...], raw: Json) -> str:
    """The path as the file has it: without the names of alternatives that pydantic puts in between."""
    name, value, tagged = "", raw, False
    for n, part in enumerate(location):
        last = n == len(location) - 1
        if isinstance(value, list) and isinstance(part, int):
            name, tagged = f"{name}[{part}]", False
            value = value[part] if part < len(value) else None
        elif isinstance(value, dict) and not last and not tagged and part in [value.get(key) for key in _TAG_KEYS]:
            tagged = True
        elif isinstance(value, dict) and (part in value or last):
            name, value, tagged = f"{name}.{part}".removeprefix("."), value.get(str(part)), False
    return name


def _words(kind: str, context: Mapping[str, Any], message: str, value: object, name: str) -> tuple[str, str, str]:  # noqa: C901, PLR0911 - one line per family of faults
    field = name.rsplit(".", 1)[-1] or "the form"
    shown = _shown(value)
    if kind == "told":
        return "FIELD_VALUE", context["fact"], context["cure"]
    if kind == "extra_forbidden":
        return "FIELD_UNKNOWN", f"{field} is no field of this part", "take it out, or mend its name"
    if kind == "missing":
        return "FIELD_MISSING", f"{field} is missing", "give it"
    if kind in _RANGES:
        return "OUT_OF_RANGE", f"{shown} is out of range", _RANGES[kind].format(**context)
    if kind in _TYPES:
        return "FIELD_TYPE", f"{shown} is not what {field} takes", f"give {_TYPES[kind]}"
    if kind in {"literal_error", "union_tag_invalid"}:
        expected = context.get("expected") or context.get("expected_tags")
        if name == "apiVersion":
            expected = API_VERSION
        return "FIELD_VALUE", f"{shown} is not possible here", f"give one of {expected}"
    if kind == "union_tag_not_found":
        return "FIELD_MISSING", f"{field} does not say which of its forms it is", f"give {context.get('discriminator')}"
    if kind == "timezone_aware":
        return "FIELD_VALUE", f"{shown} has no offset", "write the offset, such as 2026-06-01T09:00:00+08:00"
    if kind == "string_pattern_mismatch":
        return "FIELD_VALUE", f"{shown} has not the form of {field}", f"write it as {context['pattern']}"
    return "FIELD_VALUE", f"{shown} is not possible here: {message.lower()}", "see the form's schema (broker schema)"


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


_QUOTED_NUMBER: Final = re.compile(rb'"[-+]?[0-9.]+"')
_BARE_NUMBER: Final = re.compile(r"[-+]?[0-9.]+\Z")
_SHOWN: Final = 60
_RANGES: Final[Mapping[str, str]] = {
    "greater_than_equal": "give {ge} or more",
    "less_than_equal": "give {le} or less",
    "too_short": "give at least {min_length}",
    "too_long": "give at most {max_length}",
    "string_too_short": "give at least {min_length} characters",
    "string_too_long": "give at most {max_length} characters",
}
_TYPES: Final[Mapping[str, str]] = {
    "int_type": "a whole number, without quotes",
    "int_from_float": "a whole number",
    "string_type": "text, in quotes where it looks like a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "model_type": "a part with fields of its own",
    "model_attributes_type": "a part with fields of its own",
    "dict_type": "a part with fields of its own",
    "date_type": "a date, such as 2026-06-01",
    "date_parsing": "a date that exists, such as 2026-06-01",
    "date_from_datetime_parsing": "a date that exists, such as 2026-06-01",
    "datetime_type": "an instant with its offset, such as 2026-06-01T09:00:00+08:00",
    "datetime_parsing": "an instant with its offset, such as 2026-06-01T09:00:00+08:00",
    "datetime_from_date_parsing": "an instant with its offset, such as 2026-06-01T09:00:00+08:00",
}
