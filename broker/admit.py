"""Admission: each merged document judged once, in the order of main; the outcome is a record that the fold obeys.

Pure: reconcile writes what comes back. Documents that have a record are never judged again (docs/decisions/0001).
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from broker.decide.case import Case
from broker.decide.decide import Decision, decide
from broker.decide.standing import Holding, Standing
from broker.documents.envelope import Nature, Spec
from broker.documents.fields import Amount
from broker.documents.records import Admitted, ClaimLine, Reason, Received
from broker.estate.cases import Admission
from broker.estate.fold import admissions_of
from broker.estate.platform import Platform
from broker.registry.filed import Filed, Registry
from policies.evaluate import RuleBook
from policies.rule import Rule


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules now in force, and the digest that names them in every record."""

    rules: tuple[Rule, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What admission says of one document: the decision, its records, and what it makes a system hold."""

    decision: Decision
    received: Received | None
    """None where it was received before."""
    admitted: Admitted
    moved: tuple[Holding, ...] = ()


@dataclass(frozen=True, slots=True)
class Admissions:
    """Every outcome of one round, in order, what systems held before it, and the standing after it."""

    outcomes: tuple[Outcome, ...]
    before: tuple[Holding, ...]
    standing: Standing


def recalled(registry: Registry, platform: Platform, as_of: datetime) -> Standing:
    """The standing by what the records tell, as it stands at `as_of`."""
    standing, before = Standing(registry, platform), admissions_of(registry.records)
    standing.recall((f for f in _judged(registry.filed) if f.digest in before), before, as_of)
    return standing


def admit(  # noqa: PLR0913 - each part named at the call
    registry: Registry,
    platform: Platform,
    rules: RuleSet,
    as_of: datetime,
    *,
    simulated: bool,
    known: Standing | None = None,
) -> Admissions:
    """The outcomes of all documents that have no record yet.

    Documents of the registry's foundation are in force by their signatures and get no record. What has a record counts
    as it stands at `as_of`: a window that is over holds nothing, a change whose hour has come has been made.
    `known`: what `recalled` gives for this registry, where that was worked out before; it is left as it is.
    """
    standing = known.forked(registry) if known is not None else recalled(registry, platform, as_of)
    before = {record.document for record in registry.records if isinstance(record, Admitted)}
    arrived = {r.document: r.at for r in registry.records if isinstance(r, Received)}
    outcomes = []
    case, book = Case(registry, platform, standing, as_of), RuleBook(rules.rules)
    held = standing.holdings()
    for filed in (f for f in _judged(registry.filed) if f.digest not in before):
        decision = decide(filed, case, book)
        received_at = arrived.get(filed.digest, as_of)
        moved = standing.record(filed, Admission(received_at, decision.admitted), as_of)
        received = None if filed.digest in arrived else Received(document=filed.digest, at=as_of)
        admitted = _record(decision, moved, rules, as_of, simulated=simulated)
        outcomes.append(Outcome(decision, received, admitted, moved))
    return Admissions(tuple(outcomes), held, standing)


def _judged(filed: Iterable[Filed[Spec]]) -> Iterator[Filed[Spec]]:
    return (f for f in filed if f.spec.nature is not Nature.FOUNDATION)


def _record(
    decision: Decision, moved: tuple[Holding, ...], rules: RuleSet, as_of: datetime, *, simulated: bool
) -> Admitted:
    filed = decision.filed
    return Admitted(
        document=filed.digest,
        id=filed.id,
        commit=filed.commit,
        sequence=filed.sequence,
        as_of=as_of,
        rule_set=rules.digest,
        admitted=decision.admitted,
        reasons=tuple(
            Reason(code=f.code, article=f.article, fact=f.fact_zh, cure=f.cure_zh) for f in decision.findings
        ),
        lifted_by=decision.lifted_by,
        claims=tuple(
            ClaimLine(account=account, before=Amount(**asdict(h.before)), after=Amount(**asdict(h.after)))
            for h in moved
            for account in h.accounts
        ),
        simulated=simulated,
    )
