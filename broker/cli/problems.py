"""Problems as text, JSON, Markdown (for a merge request) and SARIF 2.1.0 (for code hosts)."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from enum import StrEnum
from importlib import metadata
from typing import Any

from broker.check.meanings import MEANINGS
from broker.problem import Problem, Severity

_SARIF_LEVEL = {
    Severity.REFUSED: "error",
    Severity.INADMISSIBLE: "warning",
    Severity.HELD: "warning",
    Severity.NOTICE: "note",
}


class Format(StrEnum):
    """How problems are written."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    SARIF = "sarif"


class TableFormat(StrEnum):
    """How tables are written: SARIF has place for problems alone."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


def written(problems: Iterable[Problem], form: Format, docs: str = "") -> str:
    """The problems in this format, sorted by place; `docs`: address of this product's docs folder, for SARIF."""
    found = tuple(sorted(problems))
    return _sarif(found, docs.rstrip("/")) if form is Format.SARIF else _WRITERS[form](found)


def _text(problems: tuple[Problem, ...]) -> str:
    return "\n".join(f"{problem.severity.upper():<12} {problem}" for problem in problems)


def _json(problems: tuple[Problem, ...]) -> str:
    return json.dumps([asdict(problem) for problem in problems], ensure_ascii=False, indent=2)


def _markdown(problems: tuple[Problem, ...]) -> str:
    if not problems:
        return "No problem found."
    head = "| where | field | code | article | fact | cure |\n|---|---|---|---|---|---|"
    return "\n".join([head, *map(_row, problems)])


def _row(problem: Problem) -> str:
    cells = (
        str(problem.place),
        problem.place.field,
        f"`{problem.code}` ({problem.severity})",
        problem.article,
        problem.fact,
        problem.cure,
    )
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _sarif(problems: tuple[Problem, ...], docs: str) -> str:
    levels = {problem.code: _SARIF_LEVEL[problem.severity] for problem in problems}
    rules = [_rule(code, level, docs) for code, level in sorted(levels.items())]
    driver = {"name": "broker check", "semanticVersion": metadata.version("govcloud-broker"), "rules": rules}
    run: dict[str, Any] = {"tool": {"driver": driver}, "results": [_result(problem) for problem in problems]}
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=2)


def _rule(code: str, level: str, docs: str) -> dict[str, Any]:
    """What a code host shows beside a finding: title, cure and article, Chinese first, and the page that has more."""
    meaning = MEANINGS.get(code)
    if meaning is None:
        return {"id": code, "defaultConfiguration": {"level": level}}
    title = f"{meaning.title_zh} · {meaning.title}"
    article = f"依据 · Article: {meaning.article}" if meaning.article else ""
    cure_zh, cure = f"补正：{meaning.cure_zh}", f"Cure: {meaning.cure}"
    address = f"{docs}/{meaning.page}#{code.lower()}" if docs else ""
    lines = [title, *filter(None, [article]), cure_zh, cure]
    markdown = [f"**{title}**", *lines[1:], *([f"[{code}]({address})"] if docs else [])]
    return {
        "id": code,
        "name": "".join(part.capitalize() for part in code.split("_")),
        "shortDescription": {"text": title},
        "fullDescription": {"text": " ".join(lines[:2]) if article else title},
        "help": {"text": "\n".join(lines), "markdown": "\n\n".join(markdown)},
        **({"helpUri": address} if docs else {}),
        "defaultConfiguration": {"level": level},
        "properties": {"tags": ["govcloud", *([meaning.article.split(":", 1)[0]] if article else [])]},
    }


def _result(problem: Problem) -> dict[str, Any]:
    region = {"startLine": max(problem.place.line, 1), "startColumn": max(problem.place.column, 1)}
    location = {"artifactLocation": {"uri": problem.place.path}, "region": region}
    return {
        "ruleId": problem.code,
        "level": _SARIF_LEVEL[problem.severity],
        "message": {"text": f"{problem.place.field}: {problem.fact}; {problem.cure}".removeprefix(": ")},
        "locations": [{"physicalLocation": location}],
        "properties": {"article": problem.article, "severity": problem.severity.value},
    }


_WRITERS: Mapping[Format, Callable[[tuple[Problem, ...]], str]] = {
    Format.TEXT: _text,
    Format.JSON: _json,
    Format.MARKDOWN: _markdown,
}
