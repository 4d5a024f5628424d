"""A draft as it would stand in the registry: whether it fits there, and who could sign it."""

from dataclasses import dataclass
from datetime import datetime

from broker.documents.envelope import Spec
from broker.drafts.draft import Draft
from broker.errors import CannotDraft
from broker.problem import Problem
from broker.registry.filed import Filed, Registry
from broker.registry.parse import Parsed, parse
from broker.registry.references import checked
from broker.signatures.chain import Arrivals, Chain
from broker.signatures.cover import needed, roles_of, unentitled


@dataclass(frozen=True, slots=True)
class Signers:
    """How many different people must sign, and all who could now, by id."""

    needed: int
    able: tuple[str, ...]


def fitted(known: Registry, draft: Draft) -> Filed[Spec]:
    """The draft as a document behind all others.

    Raises:
        CannotDraft: `broker check` would refuse it, whoever signs it.
    """
    data, path = draft.text.encode(), str(draft.path)
    parsed = parse(data, path)
    if not isinstance(parsed, Parsed):
        raise CannotDraft(_told(draft, parsed.problems))
    after = max((filed.sequence for filed in known.filed), default=0) + 1
    filed = Filed(parsed.document, path, parsed.digest, "", after, text=data)
    faults = [problem for problem in checked([*known.filed, filed], set())[1] if problem.place.path == path]
    if faults:
        raise CannotDraft(_told(draft, tuple(faults)))
    return filed


def signers(held: Registry, filed: Filed[Spec], at: datetime) -> Signers:
    """Who could sign a document now; `held` is the registry with its signatures judged."""
    chain = Chain(None, Arrivals(lambda _signature: at))
    chain.roster.note((*held.filed, filed))
    for one in held.filed:
        if one.commit or not held.head:
            chain.roster.accept(one)
    keys = {
        key.person
        for key in chain.roster.keys.values()
        if key.valid_from <= at and (key.valid_until is None or at < key.valid_until)
    }
    roles = roles_of(chain, filed)
    able = (
        person
        for person in sorted(keys)
        if any(chain.roster.holds(person, role, at) and not unentitled(chain, person, role, filed) for role in roles)
    )
    return Signers(needed(chain, filed), tuple(able))


def _told(draft: Draft, problems: tuple[Problem, ...]) -> str:
    faults = "; ".join(f"{p.place.field or 'the document'}: {p.fact}; {p.cure}" for p in problems)
    return f"{draft.id} would be refused: {faults}"
