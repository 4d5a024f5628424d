"""What a dashboard is: rows of panels, each with its questions to Prometheus. Texts are for its readers."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

WIDTH: Final = 24
"""Columns of a row."""


class Shape(StrEnum):
    """How a panel shows its figures."""

    FIGURE = "figure"
    """The figure of the moment, large."""
    LINES = "lines"
    """Figures over the time that is looked at."""
    BARS = "bars"
    """Figures of the moment, side by side."""
    TABLE = "table"
    """Figures of the moment: a line for each set of labels, a column for each query."""


class Unit(StrEnum):
    """The unit of a figure, as Grafana writes it."""

    COUNT = "none"
    VCPU = "suffix: 核"
    BYTES = "bytes"
    BYTES_PER_S = "Bps"
    RATIO = "percentunit"
    SECONDS = "s"
    DAYS = "suffix: 天"
    YUAN = "suffix: 元"
    PER_HOUR = "suffix: 次/小时"


@dataclass(frozen=True, slots=True)
class Step:
    """From this value on a figure has this colour."""

    value: float
    color: str


GREEN, YELLOW, RED = "green", "yellow", "red"
NEAR_LIMIT: Final = (Step(0.8, YELLOW), Step(0.9, RED))
"""Of what has a limit: the second step is that of the alert `QuotaNear`."""
BUSY: Final = (Step(0.7, YELLOW), Step(0.85, RED))
ENOUGH: Final = (Step(0, RED), Step(0.9, GREEN))
"""Of coverage: below nine tenths figures are 数据不足."""
NONE_IS_GOOD: Final = (Step(1, RED),)
ONE_IS_GOOD: Final = (Step(0, RED), Step(1, GREEN))


@dataclass(frozen=True, slots=True)
class Query:
    """One question in PromQL, with the dashboard's variables in it."""

    expr: str
    title: str = ""
    """How the answer is called: a column's heading (none: no column), or a legend with `{{label}}` in it."""
    unit: Unit | None = None
    """Of a column that has another unit than the panel."""
    steps: tuple[Step, ...] = ()
    """Of a column that has colours of its own."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel. `text` says what the figure means, where it comes from and what is left out."""

    title: str
    text: str
    shape: Shape
    unit: Unit
    queries: tuple[Query, ...]
    width: int = 6
    height: int = 4
    steps: tuple[Step, ...] = ()
    full: float | None = None
    """The end of its scale."""
    labels: tuple[tuple[str, str], ...] = ()
    """Of a table: label and heading of the columns that name a line, in order."""
    nothing: str = "无"
    """What stands where there is no figure."""


@dataclass(frozen=True, slots=True)
class Row:
    """Panels under a heading."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """What a reader chooses: of `choices` (text and value), or of what a question of Grafana's, `values`, gives."""

    name: str
    title: str
    values: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    regex: str = ""
    """Takes value and text out of the answer, by its groups `value` and `text`."""
    several: bool = True
    """False: exactly one is chosen."""


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One dashboard and whom it is for."""

    uid: str
    title: str
    text: str
    variables: tuple[Variable, ...]
    rows: tuple[Row, ...] = ()

    @property
    def panels(self) -> Iterator[Panel]:
        """Every panel in order."""
        return (panel for row in self.rows for panel in row.panels)
