"""A rule: what it is called, where it stands in the law, and the function that finds what breaks it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from policies.facts import Facts, Subject


class Basis(StrEnum):
    """Whether the article says it, or it is needed to carry the article out or follows from another standard."""

    TEXT = "text"
    DERIVED = "derived"


class Level(StrEnum):
    """What a finding does. The source's 等 and 主要 are held for a recorded decision, never refused by software."""

    REFUSE = "refuse"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Break:
    """What a rule found: the field and the fact, in Chinese; `level` where it differs from the rule's own."""

    field: str
    fact_zh: str
    cure_zh: str | None = None
    level: Level | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. The check gets facts and gives what breaks it; it reads nothing else."""

    code: str
    article: str
    basis: Basis
    source_zh: str
    """The words or the standard that it stands on."""
    title_zh: str
    title: str
    cure_zh: str
    cure: str
    level: Level
    waivable: bool
    subjects: frozenset[Subject]
    since: date
    check: Callable[[Facts], Iterator[Break]]
    decidable: bool = False
    """Whether a case that it holds may go on by the office's recorded decision alone."""
    owner: str = "cloud_office"
    """The role that answers for it: the office interprets the measures (C-31) unless another party is named."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A rule broken by a document: what a refusal names (code, article, fact, cure)."""

    code: str
    article: str
    field: str
    fact_zh: str
    cure_zh: str
    level: Level
