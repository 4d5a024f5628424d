"""What is known while the chain of signatures is walked, document by document."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from broker.problem import Place, Problem, Severity
from broker.signatures.roster import Roster
from broker.signatures.signature import Signature
from broker.signatures.subject import Subject

AGAIN: Final = "sign again with `broker sign`"


@dataclass(frozen=True, slots=True)
class Arrivals:
    """When things came to the broker."""

    signature: Callable[[Signature], datetime]
    """Key and role must be in force then, and the signature not expired."""
    document: Callable[[Subject], datetime | None] = lambda _: None
    """None: no record tells when the document came."""
    first: datetime | None = None
    """The first receipt of all: what came then is the past that the office brought in, whatever its dates. None:
    nothing was received yet, or time is simulated, so that old dates are told of nobody."""


@dataclass(slots=True)
class Chain:
    """The roster so far, what holds, and what is wrong."""

    trust_root: str | None
    arrivals: Arrivals
    roster: Roster = field(default_factory=Roster)
    problems: list[Problem] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    nonces: dict[tuple[str, str], str] = field(default_factory=dict)
    """By key and nonce, the path: nobody uses up the nonce of another's signature by merging one with it first."""
    good: dict[str, Signature] = field(default_factory=dict)
    """By path: signatures whose key, person and role hold; which documents they hold for is another question."""
    matters: dict[str, Subject] = field(default_factory=dict)
    """By id: every document that came so far."""

    def forked(self, arrivals: Arrivals) -> "Chain":
        """A chain of its own that goes on from here, with what is told of arrivals now."""
        return Chain(
            self.trust_root,
            arrivals,
            self.roster.forked(),
            list(self.problems),
            set(self.refused),
            dict(self.nonces),
            dict(self.good),
            dict(self.matters),
        )

    def report(self, place: Place, code: str, fact: str, cure: str, severity: Severity = Severity.REFUSED) -> None:
        """Takes one problem in."""
        self.problems.append(Problem(place, code, fact, cure, severity=severity))
