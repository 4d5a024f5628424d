"""The decisions that a change still waits for, written as if they were made: to see what they would bring about."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from broker.clock import day_of
from broker.documents.cases import (
    AssignmentSpec,
    IntentDecisionSpec,
    OnboardingApprovalSpec,
    OnboardingRequestSpec,
    ServiceIntentFormSpec,
    SubnetAssignment,
)
from broker.documents.envelope import Document, Metadata, Spec
from broker.registry.filed import Filed, Registry
from broker.registry.free_subnets import free_subnet

SUPPOSED = "supposed"
"""Stands for the path of a document that nobody has written yet."""


@dataclass(frozen=True, slots=True)
class Supposed:
    """A decision that is missing: on which matter, and what it would say."""

    matter: str
    what: str


def suppose(registry: Registry, new: frozenset[str], as_of: datetime) -> tuple[Registry, tuple[Supposed, ...]]:
    """The registry in which every matter of the new documents is decided and assigned, and what that had to suppose.

    A matter that was refused stays refused, one that was returned waits for its correction. Subnets are the lowest
    free ones, as `broker assign` proposes them.
    """
    known, supposed = registry, []
    for matter in _matters(registry, new):
        for spec, what in _missing(known, matter, as_of):
            after = max(filed.sequence for filed in known.filed) + 1
            known = replace(known, filed=(*known.filed, _filed(spec, matter, after, as_of)))
            supposed.append(Supposed(matter.id, what))
    return known, tuple(supposed)


def _matters(registry: Registry, new: frozenset[str]) -> tuple[Filed[Spec], ...]:
    """The requests and forms among the new documents, and those that the new documents decide."""
    decided = {r for f in registry.of(OnboardingApprovalSpec) if f.id in new for r in f.spec.requests}
    decided |= {f.spec.form for f in registry.of(IntentDecisionSpec) if f.id in new}
    matters: tuple[Filed[Spec], ...] = (
        *registry.in_force(OnboardingRequestSpec),
        *registry.in_force(ServiceIntentFormSpec),
    )
    return tuple(matter for matter in matters if matter.id in new or matter.id in decided)


def _missing(known: Registry, matter: Filed[Spec], as_of: datetime) -> Iterator[tuple[Spec, str]]:
    decided = _decision(known, matter.id)
    if decided in {"refused", "returned"}:
        return
    if decided is None:
        yield _approval(matter, as_of), "the office's approval"
    if not any(f.spec.matter == matter.id and f.spec.provider for f in known.in_force(AssignmentSpec)):
        yield from _assignment(known, matter, as_of)


def _decision(known: Registry, matter: str) -> str | None:
    onboarding = (f.spec.decision for f in known.in_force(OnboardingApprovalSpec) if matter in f.spec.requests)
    intent = (f.spec.decision for f in known.in_force(IntentDecisionSpec) if f.spec.form == matter)
    return next(onboarding, None) or next(intent, None)


def _approval(matter: Filed[Spec], as_of: datetime) -> Spec:
    day = day_of(as_of)
    if isinstance(matter.spec, OnboardingRequestSpec):
        number = f"RY-{day.year}-0000"
        return OnboardingApprovalSpec(number=number, requests=(matter.id,), decision="approved", decided_on=day)
    return IntentDecisionSpec(form=matter.id, decision="approved", decided_on=day)


def _assignment(known: Registry, matter: Filed[Spec], as_of: datetime) -> Iterator[tuple[Spec, str]]:
    provider = _provider_of(known, matter)
    if provider is None:
        return
    subnets = _proposed(known, matter)
    told = "".join(f", {subnet.zone} {subnet.cidr}" for subnet in subnets)
    spec = AssignmentSpec(matter=matter.id, assignee="provider", provider=provider, subnets=subnets, assigned_at=as_of)
    yield spec, f"the assignment to {provider}{told}"


def _provider_of(known: Registry, matter: Filed[Spec]) -> str | None:
    """The provider that the matter's system is, or is asked to be, with; None where the matter knows no such system."""
    if isinstance(matter.spec, OnboardingRequestSpec):
        return matter.spec.provider
    if isinstance(matter.spec, ServiceIntentFormSpec):
        system = matter.spec.system
        asked = (f.spec.provider for f in known.in_force(OnboardingRequestSpec) if f.spec.system == system)
        return next(asked, None)
    return None


def _proposed(known: Registry, matter: Filed[Spec]) -> tuple[SubnetAssignment, ...]:
    """The lowest free subnet of each zone that an onboarding asks for; zones whose pools are full are left out."""
    if not isinstance(matter.spec, OnboardingRequestSpec):
        return ()
    found = ((layout.zone, free_subnet(known, layout.zone)) for layout in matter.spec.zones)
    return tuple(SubnetAssignment(zone=zone, cidr=str(subnet)) for zone, subnet in found if subnet is not None)


def _filed(spec: Spec, matter: Filed[Spec], sequence: int, as_of: datetime) -> Filed[Spec]:
    name = f"{SUPPOSED}-{sequence}"
    # it is built past the checks, and never leaves this process
    metadata = Metadata.model_construct(id=name, filed_on=day_of(as_of), filed_by=SUPPOSED, supersedes=None)
    metadata = metadata.model_copy(update={"withdraws": None, "note": None})
    document = Document[Spec].model_construct(api_version="govcloud/v1", kind=spec.kind, metadata=metadata, spec=spec)
    digest = f"sha256:{hashlib.sha256(name.encode()).hexdigest()}"
    return Filed(document, SUPPOSED, digest, matter.commit, sequence)
