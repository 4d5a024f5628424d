"""The questions of dashboards, put to a Prometheus as Grafana puts them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import requests

from monitoring.dashboards.dashboard import Dashboard, Panel, Query, Shape

DAY_S: Final = 86_400
STEP_S: Final = 300
EVERYTHING: Final[Mapping[str, str]] = {"zone": ".*", "provider": ".*"}
"""What stands for a variable of which everything is chosen."""


@dataclass(frozen=True, slots=True)
class Question:
    """One query of a panel."""

    dashboard: Dashboard
    panel: Panel
    query: Query

    def __str__(self) -> str:
        return f"{self.dashboard.title} / {self.panel.title} / {self.query.title}"


def questions(dashboards: Iterable[Dashboard]) -> tuple[Question, ...]:
    """Every question, in order."""
    return tuple(Question(one, panel, query) for one in dashboards for panel in one.panels for query in panel.queries)


def substituted(text: str, values: Mapping[str, str]) -> str:
    """The text once the variables are chosen.

    Raises:
        KeyError: It has one that is none of these.
    """
    return re.sub(r"\$(\w+)", lambda found: values[found[1]], text)


def answer(url: str, question: Question, values: Mapping[str, str], at_s: int) -> list[dict[str, Any]]:
    """What Prometheus answers at an instant, or, of lines, over the day before it.

    Raises:
        ValueError: It refuses the question.
    """
    expr = substituted(question.query.expr, values)
    if question.panel.shape is Shape.LINES:
        return ask(url, "query_range", {"query": expr, "start": at_s - DAY_S, "end": at_s, "step": STEP_S})
    return ask(url, "query", {"query": expr, "time": at_s})


def ask(url: str, path: str, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The series of an answer.

    Raises:
        ValueError: Prometheus refuses the question.
    """
    found = requests.post(f"{url}/api/v1/{path}", data=dict(asked), timeout=60).json()
    if found["status"] != "success":
        raise ValueError(f"asking {asked['query']}: {found.get('error')}")
    result: list[dict[str, Any]] = found["data"]["result"]
    return result
