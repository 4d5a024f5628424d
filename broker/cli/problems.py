"""Problems as text, JSON, Markdown (for a merge request) and SARIF 2.1.0 (for code hosts)."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from enum import StrEnum
from typing import Any

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


def written(problems: Iterable[Problem], form: Format) -> str:
    """The problems in this format, sorted by place."""
    return _WRITERS[form](tuple(sorted(problems)))


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


def _sarif(problems: tuple[Problem, ...]) -> str:
    driver = {"name": "broker check", "rules": [{"id": code} for code in sorted({p.code for p in problems})]}
    run: dict[str, Any] = {"tool": {"driver": driver}, "results": [_result(problem) for problem in problems]}
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=2)


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
    Format.SARIF: _sarif,
}
