"""The form of rules for Prometheus 2.42 and later, and of the files that it loads."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

Rule = Mapping[str, Any]


def record(name: str, expression: str) -> Rule:
    """A recorded series. Names follow level:metric:operation."""
    return {"record": name, "expr": expression}


def alert(name: str, expression: str, lasting: str, severity: str, summary: str) -> Rule:
    """An alert once the expression has held for `lasting`. `summary`: in Chinese, for the officers who read it."""
    labels, annotations = {"severity": severity}, {"summary": summary}
    return {"alert": name, "expr": expression, "for": lasting, "labels": labels, "annotations": annotations}


def file_of(groups: Sequence[Mapping[str, Any]]) -> str:
    """The file with these groups of rules, as YAML."""
    return yaml.safe_dump({"groups": list(groups)}, allow_unicode=True, sort_keys=False, width=1000)
