"""What units said to advice: their service intent forms (C-12), by what each of them is about. Pure."""

from collections.abc import Iterator, Mapping
from typing import Final

from broker.documents.cases import (
    ChangeIntent,
    ElasticIntent,
    ExitIntent,
    IntentDecisionSpec,
    RelocationIntent,
    ServiceIntentFormSpec,
)
from broker.documents.changes import RemoveBucket, RemoveTier, SetBucketQuota, SetCount, SetFlavor
from broker.estate.fold import admissions_of
from broker.registry.filed import Registry
from monitoring.metering.allocation import Taken
from monitoring.metering.facts import AdviceState
from monitoring.metering.period import Month

Thing = tuple[str, str, str]
"""System, zone, and the logical name of a bucket or `server-` with a tier; both empty: all that the system has."""
_STATES: Final[Mapping[str, AdviceState]] = {"approved": "adopted", "refused": "declined"}


def answers(registry: Registry, month: Month) -> Mapping[Thing, AdviceState]:
    """What became of the newest form of the month on each thing: of its size or its end, as advice is."""
    received = admissions_of(registry.records)
    decided = {registry.first(f.spec.form): f.spec.decision for f in registry.in_force(IntentDecisionSpec)}
    found: dict[Thing, AdviceState] = {}
    for form in registry.in_force(ServiceIntentFormSpec):
        known = received.get(form.digest)
        if known and month.start <= known.received_at < month.end:
            state = _STATES.get(decided.get(registry.first(form.id), ""), "open")
            found |= dict.fromkeys(_about(form.spec), state)
    return found


def answer_to(part: Taken, told: Mapping[Thing, AdviceState]) -> AdviceState:
    """What was said to advice on a server or bucket; nothing to one on a volume, which only its hand-over ends."""
    deployment = part.deployment
    if part.kind == "volume":
        return "open"
    name = part.resource.rpartition("-")[0] if part.kind == "server" else part.resource
    if told.get((deployment.system, "", "")) == "adopted":
        return "adopted"  # a system that may not leave said nothing of the sizes of what it has
    return told.get((deployment.system, deployment.zone, name), "open")


def _about(form: ServiceIntentFormSpec) -> Iterator[Thing]:
    match form.intent:
        case ExitIntent() | RelocationIntent():
            yield form.system, "", ""
        case ElasticIntent(zone=zone, tier=tier):
            yield form.system, zone, f"server-{tier}"
        case ChangeIntent(changes=changes):
            for change in changes:
                match change:
                    case (
                        SetCount(zone=zone, tier=tier)
                        | SetFlavor(zone=zone, tier=tier)
                        | RemoveTier(zone=zone, tier=tier)
                    ):
                        yield form.system, zone, f"server-{tier}"
                    case SetBucketQuota(zone=zone, bucket=bucket) | RemoveBucket(zone=zone, bucket=bucket):
                        yield form.system, zone, f"bucket-{form.system}-{zone}-{bucket}"
