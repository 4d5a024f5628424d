"""Whether every document has the signatures that it needs, from the first commit on.

The chain: the settings name one fingerprint, the trust root. The first commit must bring the `Key` document with that
fingerprint and its `Person` of the cloud office; that key alone signs the first commit. A key that a commit brings
signs from the next commit on. While only one person of the office has ever had a signing key, his one signature is
enough for foundation documents and he may have filed them himself, since there is nobody else; from the second person
on a `Person` or a `Key` needs two people, none of whom filed it, and this never goes back, whoever leaves later.

A signature that does not hold counts for nothing and is a problem of its own file; the document is refused only where
too few good ones remain. So nobody can put a document out of force by adding a bad signature to it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from broker.documents.cases import AssignmentSpec
from broker.documents.envelope import Nature
from broker.documents.organisations import KeySpec, PersonSpec
from broker.documents.reporting import PlainRecordSpec
from broker.documents.security import RectificationAcceptanceSpec
from broker.problem import Place, Problem, Severity
from broker.signatures.key import fingerprint
from broker.signatures.roster import OFFICE, OPERATIONS, Roster
from broker.signatures.signature import Signature
from broker.signatures.subject import Subject

AGAIN = "sign again with `broker sign`"


@dataclass(frozen=True, slots=True)
class Verification:
    """What is wrong with signatures, and the ids of the documents that lack what they need."""

    problems: tuple[Problem, ...]
    refused: frozenset[str]


@dataclass(slots=True)
class _Chain:
    trust_root: str | None
    received: Callable[[Signature], datetime]
    roster: Roster = field(default_factory=Roster)
    problems: list[Problem] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    nonces: dict[str, str] = field(default_factory=dict)
    good: dict[str, Signature] = field(default_factory=dict)
    """By path: signatures whose key, person and role hold; which documents they hold for is another question."""

    def report(self, place: Place, code: str, fact: str, cure: str, severity: Severity = Severity.REFUSED) -> None:
        self.problems.append(Problem(place, code, fact, cure, severity=severity))


def verify_all(
    subjects: Sequence[Subject],
    signatures: Iterable[Signature],
    trust_root: str | None,
    received: Callable[[Signature], datetime],
) -> Verification:
    """The faults of the whole chain. `subjects` and `signatures` are in the order of main.

    `trust_root` is the fingerprint (SHA256:…) of the office's first key; None = the chain hangs on the key that the
    first commit names, which is told as a notice (a check without settings). `received` gives the instant at which the
    broker first saw a signature: key and role must be in force then, and the signature not expired.
    """
    chain = _Chain(trust_root, received)
    waiting = list(signatures)
    for n, (commit, group) in enumerate(groupby(subjects, key=lambda subject: subject.commit)):
        documents = list(group)
        chain.roster.note(documents)
        if n == 0:
            _found(chain, documents, waiting)
        last = documents[-1].sequence
        while waiting and (waiting[0].commit == commit or waiting[0].sequence <= last):
            _judge(chain, waiting.pop(0))
        accepted = [subject for subject in documents if _holds(chain, subject)]
        for subject in accepted:
            chain.roster.accept(subject)
    for signature in waiting:
        _judge(chain, signature)
    _unattached(chain, subjects)
    return Verification(tuple(sorted(set(chain.problems))), frozenset(chain.refused))


def _found(chain: _Chain, documents: list[Subject], signatures: list[Signature]) -> None:
    """Puts the trust root's key and person into the roster, as the first commit has them."""
    keys = [(s, s.document.spec) for s in documents if isinstance(s.document.spec, KeySpec)]
    if chain.trust_root is None:
        chain.trust_root = _named_by_itself(documents, signatures)
        if chain.trust_root:
            fact = f"the chain hangs on {chain.trust_root}, which the registry itself names"
            cure = "compare it with the fingerprint that the office gave out"
            chain.report(Place(documents[0].path), "TRUST_ROOT", fact, cure, Severity.NOTICE)
    root = next(((s, key) for s, key in keys if _print(key.public_key) == chain.trust_root), None)
    person = next((s for s in documents if root and s.document.id == root[1].person), None)
    if root and person and isinstance(person.document.spec, PersonSpec):
        chain.roster.accept(person)
        chain.roster.accept(root[0])
    if not chain.roster.founders:
        fact = f"the first commit brings no key of the cloud office with the fingerprint {chain.trust_root or '(none)'}"
        cure = "set trust_root to what `broker init` printed; if it is right, this is not the registry it was made for"
        chain.report(Place(documents[0].path), "TRUST_ROOT", fact, cure)


def _named_by_itself(documents: list[Subject], signatures: list[Signature]) -> str:
    people = {s.document.id: s.document.spec for s in documents if isinstance(s.document.spec, PersonSpec)}
    signed_by = {signature.payload.person for signature in signatures if signature.commit == documents[0].commit}
    for subject in documents:
        spec = subject.document.spec
        if isinstance(spec, KeySpec) and spec.person in signed_by and spec.person in people:
            return _print(spec.public_key)
    return ""


def _print(public_key: str) -> str:
    try:
        return fingerprint(public_key)
    except ValueError:
        return ""


def _judge(chain: _Chain, signature: Signature) -> None:
    """Whether the signature holds by itself: bytes, nonce, time, key, person, role."""
    place, payload, at = Place(signature.path), signature.payload, chain.received(signature)
    if not signature.signer:
        return chain.report(place, "SIGNATURE_INVALID", f"the signature does not hold: {signature.fault}", AGAIN)
    earlier = chain.nonces.setdefault(payload.nonce, signature.path)
    if earlier != signature.path:
        return chain.report(place, "SIGNATURE_REPLAYED", f"the signature was already used in {earlier}", AGAIN)
    if at > payload.expires:
        fact = f"it expired at {payload.expires.isoformat()} and was received at {at.isoformat()}"
        return chain.report(place, "SIGNATURE_EXPIRED", fact, AGAIN)
    if missing := _not_in_force(chain, payload.person, signature.signer, at):
        cure = "sign with a registered key in force; a new key signs from the commit after the one that brings it"
        return chain.report(place, "SIGNER_NOT_IN_FORCE", missing, cure)
    if not chain.roster.holds(payload.person, payload.role, at):
        fact = f"{payload.person} does not hold the role {payload.role} at {at.isoformat()}"
        return chain.report(place, "ROLE_MISSING", fact, f"let a person sign who holds {payload.role}")
    chain.good[signature.path] = signature
    return None


def _not_in_force(chain: _Chain, person: str, public_key: str, at: datetime) -> str | None:
    key = chain.roster.key(public_key)
    if key is None:
        return f"the key {_print(public_key)} is not registered, or no longer"
    if key.person != person:
        return f"the key {_print(public_key)} is that of {key.person}, not of {person}"
    if at < key.valid_from:
        return f"the key of {person} is valid only from {key.valid_from.isoformat()}"
    if key.valid_until is not None and at >= key.valid_until:
        return f"the key of {person} ended at {key.valid_until.isoformat()}, the signature came at {at.isoformat()}"
    return None


def _holds(chain: _Chain, subject: Subject) -> bool:
    """Whether the document has the good signatures of enough different people."""
    spec = subject.document.spec
    if not spec.signed_by:
        return True
    people = {s.payload.person for s in subject.signatures if s.path in chain.good and _covers(chain, s, subject)}
    needed = _needed(chain, subject)
    if len(people) >= needed:
        return True
    roles = " or ".join(_roles(chain, subject))
    fact = f"{len(people)} of {needed} signatures hold" + (f" ({', '.join(sorted(people))})" if people else "")
    cure = f"let {needed - len(people)} more with the role {roles} sign (broker sign) in the commit that files it"
    chain.report(subject.place(), "SIGNATURE_MISSING", fact, cure)
    chain.refused.add(subject.document.id)
    return False


def _covers(chain: _Chain, signature: Signature, subject: Subject) -> bool:
    """Whether a signature that holds is one that this document needs; reports why not."""
    place, payload, spec = Place(signature.path), signature.payload, subject.document.spec
    name = subject.document.id
    if subject.digest not in [signed.digest for signed in payload.documents if signed.id == name]:
        fact = f"it is over another text of {name} than {subject.digest}"
        chain.report(place, "SIGNATURE_INVALID", fact, AGAIN)
    elif differing := [f for f in ("decision", "number") if vars(spec).get(f) not in {None, getattr(payload, f)}]:
        said = ", ".join(f"{f} {getattr(payload, f)} instead of {getattr(spec, f)}" for f in differing)
        chain.report(place, "SIGNATURE_INVALID", f"it says {said} of {name}", AGAIN)
    elif payload.role not in _roles(chain, subject):
        fact = f"{name} needs the role {' or '.join(_roles(chain, subject))}, it was signed as {payload.role}"
        chain.report(place, "ROLE_MISSING", fact, "let a person sign who holds that role")
    elif (party := vars(spec).get(spec.signer)) and _organisation(chain, payload.person) != party:
        fact = f"{payload.person} does not act for {party}, whose word {name} is"
        chain.report(place, "ROLE_MISSING", fact, f"let a person of {party} sign")
    elif not party and payload.role == "unit" and _organisation(chain, payload.person) != chain.roster.unit_of(spec):
        fact = f"{payload.person} does not act for the unit that {name} is about"
        chain.report(place, "ROLE_MISSING", fact, "let a person of that unit sign")
    elif _separated(chain, subject) and payload.person in chain.roster.filers_of(subject):
        fact = f"{payload.person} took part in filing {name} or what it decides"
        chain.report(place, "FILED_BY_SIGNER", fact, "let somebody sign who did not file")
    else:
        return True
    return False


def _roles(chain: _Chain, subject: Subject) -> tuple[str, ...]:
    """The roles of which one must sign.

    The office assigns to the operations department and this to the provider (C-11(一), C-12(二)); a provider does not
    evaluate itself (C-29).
    """
    spec = subject.document.spec
    if isinstance(spec, AssignmentSpec):
        return (OPERATIONS,) if spec.assignee == "provider" and chain.roster.operations else (OFFICE,)
    if isinstance(spec, PlainRecordSpec) and spec.topic == "unit_evaluation_of_provider":
        return ("unit", OFFICE, OPERATIONS)
    return spec.signed_by


def _organisation(chain: _Chain, person: str) -> str | None:
    spec = chain.roster.people.get(person)
    return spec.organisation if spec else None


def _separated(chain: _Chain, subject: Subject) -> bool:
    """Filing and deciding are apart, but for evidence, and for the office's first person while he is the only one."""
    nature = subject.document.spec.nature
    return nature is Nature.DECISION or (nature is Nature.FOUNDATION and len(chain.roster.founders) > 1)


def _needed(chain: _Chain, subject: Subject) -> int:
    spec = subject.document.spec
    if spec.nature is Nature.FOUNDATION:
        return min(spec.signatures, max(len(chain.roster.founders), 1))
    against_the_finder = isinstance(spec, RectificationAcceptanceSpec) and not spec.finder_agrees
    return max(spec.signatures, 2) if against_the_finder or chain.roster.decides_on_itself(spec) else spec.signatures


def _unattached(chain: _Chain, subjects: Sequence[Subject]) -> None:
    """Signatures that hold by themselves and serve no document."""
    known = {subject.document.id: subject for subject in subjects}
    for signature in chain.good.values():
        for signed in signature.payload.documents:
            subject = known.get(signed.id)
            if subject is None:
                fact = f"it is over {signed.id}, which is not in the registry or is itself refused"
                cure = "file the document with it, or leave the signature out"
                chain.report(Place(signature.path), "SIGNATURE_INVALID", fact, cure)
            elif signature.commit != subject.commit and signature.sequence > subject.sequence:
                fact, cure = f"it came after {signed.id} was merged", "file and sign the document anew"
                chain.report(Place(signature.path), "SIGNATURE_INVALID", fact, cure)
