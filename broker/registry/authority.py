"""The registry with its signatures judged, and the receipts that keep this judgement for ever."""

from dataclasses import replace
from datetime import datetime

from broker.documents.platform import PlatformSpec
from broker.documents.records import Admitted, Received
from broker.registry.filed import Registry
from broker.registry.references import checked
from broker.signatures.chain import Arrivals
from broker.signatures.signature import Signature
from broker.signatures.subject import Subject
from broker.signatures.verify import verify_all


def authorised(registry: Registry, trust_root: str | None, as_of: datetime) -> Registry:
    """The registry without the documents whose signatures do not hold, with the problems of these.

    A signature counts as received when the records say so; failing that when the last document it covers was admitted,
    since it cannot have come later; one over anything that was not is received at `as_of`, whatever else it names.
    `trust_root`: see `verify_all`.
    """
    if not registry.filed:
        return registry
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
    arrivals = Arrivals(received, arrived, first)
    verified = verify_all(registry.filed, registry.signatures, trust_root, arrivals)
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
