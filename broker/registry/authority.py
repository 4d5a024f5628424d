"""The registry with its signatures judged, and the receipts that keep this judgement for ever."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeAlias

from broker.documents.envelope import Spec
from broker.documents.platform import PlatformSpec
from broker.documents.records import Admitted, Received
from broker.registry.filed import Filed, Registry
from broker.registry.references import checked
from broker.signatures.chain import Arrivals, Chain
from broker.signatures.signature import Signature
from broker.signatures.subject import Subject
from broker.signatures.verify import Verification, chain_of, concluded, verify_added

_File: TypeAlias = Filed[Spec] | Signature


@dataclass(frozen=True, slots=True)
class Judged:
    """A registry, what of it holds, and the chain of its signatures, from which what is added is judged on."""

    registry: Registry
    held: Registry
    chain: Chain


def authorised(registry: Registry, trust_root: str | None, as_of: datetime) -> Registry:
    """The registry without the documents whose signatures do not hold, with the problems of these.

    A signature counts as received when the records say so; failing that when the last document it covers was admitted,
    since it cannot have come later; one over anything that was not is received at `as_of`, whatever else it names.
    `trust_root`: see `verify_all`.
    """
    return judged(registry, trust_root, as_of).held


def judged(registry: Registry, trust_root: str | None, as_of: datetime) -> Judged:
    """The registry as `authorised` gives it, with what tells how documents behind it would be judged."""
    if not registry.filed:
        return Judged(registry, registry, Chain(trust_root, _UNASKED))
    chain = chain_of(registry.filed, registry.signatures, trust_root, _arrivals(registry, as_of))
    return Judged(registry, _held(registry, concluded(chain, registry.filed)), chain.forked(_UNASKED))


def authorised_both(
    base: Registry, change: Registry, trust_root: str | None, as_of: datetime
) -> tuple[Registry, Registry]:
    """Both as `authorised` gives them; a change that only adds to its base is verified from there on."""
    before = judged(base, trust_root, as_of)
    return before.held, authorised_after(before, change, trust_root, as_of)


def authorised_after(base: Judged, change: Registry, trust_root: str | None, as_of: datetime) -> Registry:
    """The change as `authorised` gives it; one that only adds to its base is verified from there on."""
    known = base.registry
    if not _adds(known, change):
        return authorised(change, trust_root, as_of)
    added = change.filed[len(known.filed) :], change.signatures[len(known.signatures) :]
    return _held(change, verify_added(base.chain, known.filed, added, _arrivals(known, as_of)))


def arrived_by(registry: Registry, as_of: datetime) -> bool:
    """Whether records tell of every signature that it had come by then: at no later instant is one judged otherwise."""
    seen = {record.document for record in registry.records if isinstance(record, Received)}
    admitted = {r.document for r in registry.records if isinstance(r, Admitted) and r.as_of <= as_of}
    return all(
        signature.digest in seen or all(signed.digest in admitted for signed in signature.payload.documents)
        for signature in registry.signatures
    )


def _unasked(_: Signature | Subject) -> datetime:
    raise LookupError("a chain that was walked is asked about arrivals only once it was forked")


_UNASKED: Final = Arrivals(_unasked, _unasked)
"""What a chain that was walked says of arrivals: who goes on from it says anew when things came."""


def _adds(base: Registry, change: Registry) -> bool:
    """Whether the change has all of the base first, as the base has it, and then commits of its own."""
    filed, signatures = change.filed[: len(base.filed)], change.signatures[: len(base.signatures)]
    added: list[_File] = [*change.filed[len(base.filed) :], *change.signatures[len(base.signatures) :]]
    known: list[_File] = [*base.filed, *base.signatures]
    last = max((one.sequence for one in known), default=0)
    first = min((one.sequence for one in added), default=last + 1)
    platforms = (registry.in_force(PlatformSpec) for registry in (base, change))
    return (
        bool(base.filed)
        and base.records == change.records
        and len(filed) == len(base.filed)
        and len(signatures) == len(base.signatures)
        and all(a is b for a, b in zip(base.filed, filed, strict=True))
        and all(a is b for a, b in zip(base.signatures, signatures, strict=True))
        and not {one.commit for one in added}.intersection(one.commit for one in known)
        and last < first
        and len({tuple(f.id for f in found) for found in platforms}) == 1
    )


def _arrivals(registry: Registry, as_of: datetime) -> Arrivals:
    seen = {record.document: record.at for record in registry.records if isinstance(record, Received)}
    admitted = {record.document: record.as_of for record in registry.records if isinstance(record, Admitted)}

    def received(signature: Signature) -> datetime:
        if signature.digest in seen:
            return seen[signature.digest]
        return min(as_of, max(admitted.get(signed.digest, as_of) for signed in signature.payload.documents))

    def arrived(subject: Subject) -> datetime | None:
        return seen.get(subject.digest) or admitted.get(subject.digest)

    simulated = any(platform.spec.simulation for platform in registry.in_force(PlatformSpec))
    first = None if simulated or not seen else min(seen.values())
    return Arrivals(received, arrived, first)


def _held(registry: Registry, verified: Verification) -> Registry:
    held = [filed for filed in registry.filed if filed.id not in verified.refused]
    kept, dangling = checked(held, verified.refused) if verified.refused else (registry.filed, ())
    problems = tuple(sorted({*registry.problems, *verified.problems, *dangling}))
    return replace(registry, filed=kept, problems=problems)


def receipts(registry: Registry, at: datetime) -> tuple[Received, ...]:
    """Receipts for every document and signature that no record tells of: to be recorded in each round.

    Without a recorded receipt a signature would have to prove anew, each day, that its key is still in force.
    """
    seen = {record.document for record in registry.records if isinstance(record, Received)}
    digests = (*(filed.digest for filed in registry.filed), *(signature.digest for signature in registry.signatures))
    return tuple(Received(document=digest, at=at) for digest in dict.fromkeys(digests) if digest not in seen)
