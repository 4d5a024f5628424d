"""What is wrong with a document, said so that the person who filed it can mend it."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """What a problem does to the document that has it."""

    REFUSED = "refused"
    """It never enters the registry: not well formed, not authorised, or a decision that the rules forbid."""
    INADMISSIBLE = "inadmissible"
    """A filing that enters and is answered with an automatic refusal record."""
    HELD = "held"
    """It waits for a recorded decision of the cloud office."""
    NOTICE = "notice"
    """Something to know; nothing is refused."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in the registry: path from its root, line and column from 1 (0 = the whole file), field path."""

    path: str
    line: int = 0
    column: int = 0
    field: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}" if self.line else self.path


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault: where, which rule (code and article), the fact that failed, and what would cure it."""

    place: Place
    code: str
    fact: str
    cure: str
    article: str = ""
    severity: Severity = Severity.REFUSED

    def __str__(self) -> str:
        field = f" {self.place.field}:" if self.place.field else ""
        article = f" ({self.article})" if self.article else ""
        return f"{self.place}:{field} {self.code}{article}: {self.fact}; {self.cure}"
