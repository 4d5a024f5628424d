"""Whether every document has the signatures that it needs, from the first commit on.

The chain: the settings name one fingerprint, the trust root. The first commit must bring the `Key` document with that
fingerprint and its `Person` of the cloud office; that key alone signs the first commit. A key that a commit brings
signs from the next commit on. While only one person of the office has ever had a signing key, his one signature is
enough for foundation documents and he may have filed them himself, since there is nobody else; from the second person
on a `Person` or a `Key` needs two people, none of whom filed it, and this never goes back, whoever leaves later.

A signature that does not hold counts for nothing and is a problem of its own file; the document is refused only where
too few good ones remain. So nobody can put a document out of force by adding a bad signature to it.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from broker.documents.organisations import KeySpec, PersonSpec
from broker.problem import Place, Problem, Severity
from broker.signatures.chain import AGAIN, Arrivals, Chain
from broker.signatures.cover import covers, needed, roles_of
from broker.signatures.key import fingerprint
from broker.signatures.signature import Signature
from broker.signatures.subject import Subject

LATE: Final = "SIGNATURE_LATE"
"""Code of a signature that holds by itself and came after its document was merged."""
UNUSED: Final = "SIGNATURE_UNUSED"
"""Code of a signature that holds by itself, over a document that is not there or is refused for another reason."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What is wrong with signatures, and the ids of the documents that lack what they need."""

    problems: tuple[Problem, ...]
    refused: frozenset[str]


def verify_all(
    subjects: Sequence[Subject],
    signatures: Iterable[Signature],
    trust_root: str | None,
    arrivals: Arrivals,
) -> Verification:
    """The faults of the whole chain. `subjects` and `signatures` are in the order of main.

    `trust_root` is the fingerprint (SHA256:…) of the office's first key; None = the chain hangs on the key that the
    first commit names, which is told as a notice (a check without settings).
    """
    return concluded(chain_of(subjects, signatures, trust_root, arrivals), subjects)


def chain_of(
    subjects: Sequence[Subject],
    signatures: Iterable[Signature],
    trust_root: str | None,
    arrivals: Arrivals,
) -> Chain:
    """The chain walked from the first commit on; see `verify_all`."""
    chain = Chain(trust_root, arrivals)
    _walk(chain, subjects, signatures, founding=True)
    return chain


def verify_added(
    chain: Chain,
    subjects: Sequence[Subject],
    added: tuple[Sequence[Subject], Sequence[Signature]],
    arrivals: Arrivals,
) -> Verification:
    """The faults of a base, whose chain was walked before, with what is added behind it; the chain is left as it is.

    What is added comes in commits of its own: nothing of the base is judged otherwise for it.
    """
    longer = chain.forked(arrivals)
    _walk(longer, *added, founding=False)
    return concluded(longer, (*subjects, *added[0]))


def _walk(chain: Chain, subjects: Sequence[Subject], signatures: Iterable[Signature], *, founding: bool) -> None:
    """Judges commit by commit; `founding`: the first of them is the registry's first."""
    waiting = deque(signatures)
    for n, (commit, group) in enumerate(groupby(subjects, key=lambda subject: subject.commit)):
        documents = list(group)
        chain.roster.note(documents)
        chain.matters |= {subject.document.id: subject for subject in documents}
        if founding and n == 0:
            _found(chain, documents, waiting)
        last = documents[-1].sequence
        while waiting and (waiting[0].commit == commit or waiting[0].sequence <= last):
            _judge(chain, waiting.popleft())
        accepted = [subject for subject in documents if _holds(chain, subject)]
        for subject in accepted:
            chain.roster.accept(subject)
    for signature in waiting:
        _judge(chain, signature)


def concluded(chain: Chain, subjects: Sequence[Subject]) -> Verification:
    """What the walked chain says of its documents."""
    problems = {*chain.problems, *_unattached(chain, subjects)}
    return Verification(tuple(sorted(problems)), frozenset(chain.refused))


def _found(chain: Chain, documents: list[Subject], signatures: Iterable[Signature]) -> None:
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


def _named_by_itself(documents: list[Subject], signatures: Iterable[Signature]) -> str:
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


def _judge(chain: Chain, signature: Signature) -> None:
    if fault := _fault(chain, signature):
        chain.report(Place(signature.path), *fault)
    else:
        chain.good[signature.path] = signature


def _fault(chain: Chain, signature: Signature) -> tuple[str, str, str] | None:  # noqa: PLR0911 - one line per fault
    """Why the signature does not hold by itself: bytes, nonce, time, algorithm, key, person, role."""
    payload, at = signature.payload, chain.arrivals.signature(signature)
    if not signature.signer:
        return "SIGNATURE_INVALID", f"the signature does not hold: {signature.fault}", AGAIN
    earlier = chain.nonces.setdefault((signature.signer, payload.nonce), signature.path)
    if earlier != signature.path:
        return "SIGNATURE_REPLAYED", f"the signature was already used in {earlier}", AGAIN
    if at > payload.expires:
        fact = f"it expired at {payload.expires.isoformat()} and was received at {at.isoformat()}"
        return "SIGNATURE_EXPIRED", fact, AGAIN
    if not signature.signer.startswith(f"{payload.algorithm} "):
        fact = f"it says {payload.algorithm}, but was made with {signature.signer.split(' ', 1)[0]}"
        return "SIGNATURE_INVALID", fact, AGAIN
    if missing := _not_in_force(chain, payload.person, signature.signer, at):
        cure = "sign with a registered key in force; a new key signs from the commit after the one that brings it"
        return "SIGNER_NOT_IN_FORCE", missing, cure
    if not chain.roster.holds(payload.person, payload.role, at):
        fact = f"{payload.person} does not hold the role {payload.role} at {at.isoformat()}"
        return "ROLE_MISSING", fact, f"let a person sign who holds {payload.role}"
    return None


def _not_in_force(chain: Chain, person: str, public_key: str, at: datetime) -> str | None:
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


def _holds(chain: Chain, subject: Subject) -> bool:
    """Whether the document has the good signatures of enough different people."""
    spec = subject.document.spec
    if not spec.signed_by:
        return True
    people = {s.payload.person for s in subject.signatures if s.path in chain.good and covers(chain, s, subject)}
    wanted = needed(chain, subject)
    if len(people) >= wanted:
        return True
    roles = " or ".join(roles_of(chain, subject))
    fact = f"{len(people)} of {wanted} signatures hold" + (f" ({', '.join(sorted(people))})" if people else "")
    cure = f"let {wanted - len(people)} more with the role {roles} sign (broker sign) in the commit that files it"
    chain.report(subject.place(), "SIGNATURE_MISSING", fact, cure)
    chain.refused.add(subject.document.id)
    return False


def _unattached(chain: Chain, subjects: Sequence[Subject]) -> Iterator[Problem]:
    """Signatures that hold by themselves and serve no document."""
    known = {subject.document.id: subject for subject in subjects}
    for signature in chain.good.values():
        for signed in signature.payload.documents:
            subject = known.get(signed.id)
            if subject is None:
                fact = f"it is over {signed.id}, which is not in the registry or is itself refused"
                cure = "file the document with it, or leave the signature out"
                yield Problem(Place(signature.path), UNUSED, fact, cure)
            elif signature.commit != subject.commit and signature.sequence > subject.sequence:
                fact, cure = f"it came after {signed.id} was merged", "file and sign the document anew"
                yield Problem(Place(signature.path), LATE, fact, cure)
