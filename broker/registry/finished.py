"""Documents in which placeholders were left: refused at the door, kept where they were let in before."""

from collections.abc import Iterable
from dataclasses import replace

from broker.documents.envelope import Nature, Spec
from broker.documents.records import Admitted, Record
from broker.problem import Severity
from broker.registry.filed import Filed
from broker.registry.take import Found


def finished(found: Found, records: Iterable[Record]) -> Found:
    """What was found without the documents that nobody filled in to the end.

    One that was judged, or that is merged and needs no judgement, stays: nothing in the estate goes by a later rule.
    """
    if not found.unfinished:
        return found
    judged = {record.document for record in records if isinstance(record, Admitted)}
    problems, gone = list(found.problems), set[str]()
    for filed in found.filed:
        left = found.unfinished.get(filed.path, ())
        if left and not _stands(filed, judged):
            gone.add(filed.path)
            problems += left
        else:
            problems += (replace(problem, severity=Severity.NOTICE) for problem in left)
    kept = [one for one in found.filed if one.path not in gone]
    broken = found.broken | {one.id for one in found.filed if one.path in gone}
    return replace(found, filed=kept, problems=problems, broken=broken)


def _stands(filed: Filed[Spec], judged: set[str]) -> bool:
    return filed.digest in judged or bool(filed.commit and filed.spec.nature is Nature.FOUNDATION)
