"""A report as a value: headings, texts, tables and charts with every figure as it is read. All formats print it.

The code that readers verify a report by is made of the canonical JSON of this value: another figure, another code.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Final, Literal

from broker.canonical import Json, canonical
from broker.documents.issuing import code_of
from broker.documents.reporting import ReportKind

VERSION: Final = 1

Form = Literal["text", "count", "change", "percent1", "percent4", "yuan", "number1", "number2"]
"""How a figure is written: `change` with its sign, `percent4` is a ratio with four places after the point."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure or word."""

    text: str
    """What is read, in every format."""
    form: Form = "text"
    number: str = ""
    """The figure as it is written, as a decimal text (a ratio as 0 to 1); empty: it is a word."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading; `share` is its width beside the others."""

    title: str
    share: int = 2
    right: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, as many in each as there are columns. One without rows says `empty` instead."""

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: str = "本月无。"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One group of a chart: a name, and a bar of each series, a ratio. None: there is no figure."""

    label: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Lying bars of ratios. Series differ by pattern and grey, so that they can be told apart without colour."""

    id: str
    caption: str
    series: tuple[str, ...]
    bars: tuple[Bar, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: str


Block = Paragraph | Table | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered part with its heading, without the number."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before the parts: whose report it is, for whom, of when, by what."""

    kind: ReportKind
    title: str
    month: str
    period: str
    article: str
    party: str
    """Organisation whose report it is, by id."""
    party_name: str
    recipient: str
    """Organisation for which this cut was made, by id."""
    recipient_name: str
    provider: str = ""
    """Set where the cut holds one provider only."""
    unit: str = ""
    """Set where the cut holds one unit only."""
    simulated: bool = False
    made_on: str = ""
    """Day on which the month was closed, in Chinese; it stands below the name of the party."""
    copies: str = ""
    """Who else has a cut of this report, as far as the recipient may know; empty: nobody."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A whole report."""

    head: Head
    sections: tuple[Section, ...]
    facts: str
    """Digest of the closed month's facts that it was made of."""
    version: int = VERSION

    @property
    def name(self) -> str:
        """Its name among the reports of all months, such as `provider-2026-10-provider-a-health`."""
        return "-".join(part for part in (self.head.kind, self.head.month, self.head.provider, self.head.unit) if part)

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON, as `sha256:` and 64 hex digits."""
        return f"sha256:{hashlib.sha256(written(self)).hexdigest()}"

    @property
    def code(self) -> str:
        """The code that is printed on it."""
        return code_of(self.digest)

    def tables(self) -> Iterator[Table]:
        """Every table, in order."""
        for section in self.sections:
            yield from (block for block in section.blocks if isinstance(block, Table))

    def charts(self) -> Iterator[Chart]:
        """Every chart, in order."""
        for section in self.sections:
            yield from (block for block in section.blocks if isinstance(block, Chart))


def written(paper: Paper) -> bytes:
    """The report as canonical JSON (RFC 8785)."""
    value: Json = asdict(paper)
    return canonical(value)
