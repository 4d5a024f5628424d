"""What a cloud lacks of what the platform documents say, and what they do not say of it: problems with their cure."""

from collections.abc import Iterator
from datetime import datetime
from typing import get_args

from broker.clock import day_of
from broker.documents.cases import ChangeIntent, OnboardingRequestSpec, ServiceIntentFormSpec
from broker.documents.changes import SetLoginKey
from broker.documents.envelope import Spec
from broker.documents.fields import Capability
from broker.documents.platform import CloudSpec, FlavorSpec, ImageSpec, ServiceContractSpec
from broker.problem import Problem, Severity
from broker.registry.filed import Filed, Registry
from broker.survey.seen import SeenCloud

MIB_PER_GIB = 1024


def differences(registry: Registry, filed: Filed[CloudSpec], seen: SeenCloud, as_of: datetime) -> tuple[Problem, ...]:
    """Everything in which the cloud is not what the documents in force say, sorted by place."""
    found = (
        *_domain(filed, seen),
        *_flavors(registry, filed, seen),
        *_images(registry, filed, seen),
        *_volume_types(registry, filed, seen, as_of),
        *_network(filed, seen),
        *_capabilities(filed, seen),
        *_key_pairs(registry, filed, seen),
    )
    return tuple(sorted(found))


def volume_tiers(registry: Registry, provider: str, as_of: datetime) -> dict[str, Filed[ServiceContractSpec]]:
    """The volume types that contracts in force let the provider's clouds offer, each with its contract."""
    day = day_of(as_of)
    contracts = (c for c in registry.in_force(ServiceContractSpec) if c.spec.provider == provider)
    running = (c for c in contracts if c.spec.valid_from <= day <= c.spec.valid_until)
    return {tier: contract for contract in running for tier in contract.spec.volume_tiers}


def _domain(filed: Filed[CloudSpec], seen: SeenCloud) -> Iterator[Problem]:
    if not seen.domain:
        fact = f"{filed.id} has no Keystone domain {filed.spec.domain}"
        yield _problem(filed, "spec.domain", "DOMAIN_MISSING", fact, "have the provider make it, or mend the name")


def _flavors(registry: Registry, cloud: Filed[CloudSpec], seen: SeenCloud) -> Iterator[Problem]:
    for flavor in registry.in_force(FlavorSpec):
        has, wanted = seen.flavors.get(flavor.spec.name), flavor.spec
        if has is None:
            fact = f"{cloud.id} has no public flavor {wanted.name}"
            cure = f"have it made with {wanted.vcpu} vCPU and {wanted.memory_gib} GiB"
            yield _problem(flavor, "spec.name", "FLAVOR_MISSING", fact, cure)
        elif (has.vcpu, has.memory_mib) != (wanted.vcpu, wanted.memory_gib * MIB_PER_GIB):
            fact = f"{wanted.name} of {cloud.id} has {has.vcpu} vCPU and {has.memory_mib} MiB"
            cure = f"have one of {wanted.vcpu} vCPU and {wanted.memory_gib} GiB made; metering counts by the document"
            yield _problem(flavor, "spec.vcpu", "FLAVOR_DIFFERS", fact, cure)


def _images(registry: Registry, cloud: Filed[CloudSpec], seen: SeenCloud) -> Iterator[Problem]:
    for image in registry.in_force(ImageSpec):
        name, wanted = image.spec.name, image.spec.sha512
        has = seen.images.get(name, ())
        if len(has) != 1:
            fact = f"{cloud.id} has {len(has) or 'no'} public image{'s' if has else ''} {name}"
            cure = "have exactly one of this name: servers are built by it"
            yield _problem(image, "spec.name", "IMAGE_MISSING", fact, cure)
        elif has[0].status != "active":
            fact = f"{name} of {cloud.id} is {has[0].status}, not active"
            yield _problem(image, "spec.name", "IMAGE_NOT_READY", fact, "have its content uploaded")
        elif wanted and has[0].sha512 != wanted:
            told = f"hash {has[0].sha512[:16]}…" if has[0].sha512 else "no SHA-512"
            fact = f"{name} of {cloud.id} has {told}, not {wanted[:16]}…"
            cure = "find out who changed it; have the approved image uploaded again"
            yield _problem(image, "spec.sha512", "IMAGE_DIFFERS", fact, cure)


def _volume_types(registry: Registry, cloud: Filed[CloudSpec], seen: SeenCloud, as_of: datetime) -> Iterator[Problem]:
    for tier, contract in volume_tiers(registry, cloud.spec.provider, as_of).items():
        if tier not in seen.volume_types:
            fact = f"{cloud.id} has no public volume type {tier}, which contract {contract.spec.number} offers"
            cure = "have the provider make it under this name"
            yield _problem(contract, "spec.volume_tiers", "VOLUME_TYPE_MISSING", fact, cure)


def _network(cloud: Filed[CloudSpec], seen: SeenCloud) -> Iterator[Problem]:
    name, field = cloud.spec.external_network, "spec.external_network"
    if not seen.external_network:
        fact = f"{cloud.id} has not exactly one external network {name}"
        yield _problem(cloud, field, "NETWORK_MISSING", fact, "have the provider make it, or mend the name")
    for action in seen.open_rows:
        fact = f"{name} of {cloud.id} is open to every project ({action}, target=*)"
        cure = "have that row replaced by rows for single projects; the broker gives each stack its own"
        yield _problem(cloud, field, "NETWORK_OPEN", fact, cure)


def _capabilities(cloud: Filed[CloudSpec], seen: SeenCloud) -> Iterator[Problem]:
    """A promise that does not hold is a fault; what is there and not written down is only worth knowing."""
    offers = cloud.spec.offers
    found = sorted(name for name, there in seen.capabilities.items() if there)
    for name in offers or ():
        if seen.capabilities.get(name) is False:
            fact = f"{cloud.id} was asked and has no {name}, which its document offers"
            cure = "have the provider bring it into service, or supersede the document without it"
            yield _problem(cloud, "spec.offers", "CAPABILITY_MISSING", fact, cure)
    unwritten = found if offers is None else [name for name in found if name not in offers]
    if offers is None or unwritten:
        asked = [name for name in get_args(Capability) if name in seen.capabilities]
        fact = (
            f"{cloud.id} has {', '.join(unwritten) or 'none'} of {', '.join(asked)}, and its document does not say so"
        )
        cure = f"supersede it with offers: [{', '.join(sorted({*found, *(offers or ())}))}], so that check can tell"
        place = cloud.place("spec.offers")
        yield Problem(place, "CAPABILITY_UNWRITTEN", fact, cure, severity=Severity.NOTICE)


def _key_pairs(registry: Registry, cloud: Filed[CloudSpec], seen: SeenCloud) -> Iterator[Problem]:
    """Every login key is a key pair of the one user that the broker is at the cloud, and none is ever taken away."""
    wanted = len(login_keys(registry, cloud.spec))
    if seen.key_pairs is not None and wanted > seen.key_pairs:
        fact = f"{cloud.id} lets a user have {seen.key_pairs} key pairs, and documents name {wanted} login keys for it"
        cure = f"have the provider raise Nova's default quota key_pairs to {wanted} at least, with room for more"
        yield _problem(cloud, "spec.profile", "KEY_PAIRS_SHORT", fact, cure)


def login_keys(registry: Registry, cloud: CloudSpec) -> frozenset[str]:
    """The different login keys that documents in force ask for on the cloud; those replaced since are still there."""
    here = [f.spec for f in registry.in_force(OnboardingRequestSpec) if f.spec.provider == cloud.provider]
    asked = {zone.login_key for request in here for zone in request.zones if zone.zone == cloud.zone}
    systems = {request.system for request in here}
    for form in (f.spec for f in registry.in_force(ServiceIntentFormSpec) if f.spec.system in systems):
        changes = form.intent.changes if isinstance(form.intent, ChangeIntent) else ()
        asked |= {c.login_key for c in changes if isinstance(c, SetLoginKey) and c.zone == cloud.zone}
    return frozenset(key for key in asked if key is not None)


def _problem(filed: Filed[Spec], field: str, code: str, fact: str, cure: str) -> Problem:
    return Problem(filed.place(field), code, fact, cure)
