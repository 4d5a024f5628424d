"""What people do by hand, told at the door: load balancers that no cloud builds, and compulsory measures in words."""

from collections.abc import Iterable, Iterator

from broker.check.meanings import MEANINGS
from broker.documents.cases import ChangeIntent, OnboardingRequestSpec, ServiceIntentFormSpec
from broker.documents.envelope import Spec
from broker.estate import balancing
from broker.estate.change import apply_change
from broker.estate.conflict import ChangeConflict
from broker.estate.event import filed_system
from broker.estate.manual import made, measures_by_people
from broker.estate.platform import Platform, platform_of
from broker.estate.system import Deployment, System
from broker.problem import Problem, Severity
from broker.registry.addresses import released_requests
from broker.registry.filed import Filed, Registry


def load_balancers(registry: Registry, systems: frozenset[str] | None = None) -> Iterator[Problem]:
    """Notices for each zone of a request: what is built, and what is not all made yet; systems that left have none.

    `systems`: only those of these systems; None = of all.
    """
    gone, platform = released_requests(registry.filed), platform_of(registry)
    forms: dict[str, list[Filed[ServiceIntentFormSpec]]] = {}
    for form in registry.in_force(ServiceIntentFormSpec):
        if systems is None or form.spec.system in systems:
            forms.setdefault(form.spec.system, []).append(form)
    for filed in registry.in_force(OnboardingRequestSpec):
        if filed.id not in gone and (systems is None or filed.spec.system in systems):
            for n, deployment in enumerate(_wished(filed, forms.get(filed.spec.system, ())).deployments):
                yield from _of_zone(registry, platform, filed, n, deployment)


def new_load_balancers(base: Registry, change: Registry) -> Iterator[Problem]:
    """The notices of the change that its base does not have: of the systems alone that its documents are about."""
    known, there = ({f.id: f for f in registry.filed} for registry in (base, change))
    moved = [f for f in change.filed if known.get(f.id) is not f]
    moved += [f for f in base.filed if f.id not in there]
    about = frozenset(name for f in moved for name in _about(f, base, change))
    all_ = platform_of(base) != platform_of(change)
    told = set(load_balancers(base, None if all_ else about))
    return (problem for problem in load_balancers(change, None if all_ else about) if problem not in told)


def measures(registry: Registry) -> Iterator[Problem]:
    """A notice for each compulsory measure that people carry out and nobody has said is done (C-6(五))."""
    code = "MEASURE_BY_PEOPLE"
    for order in measures_by_people(registry, lambda f: f.digest not in registry.not_admitted):
        about = f" on {', '.join(order.spec.systems)}" if order.spec.systems else ""
        fact = f"the broker does nothing for this order: people carry it out{about}"
        yield Problem(order.place("spec.measure"), code, fact, MEANINGS[code].cure, severity=Severity.NOTICE)


def _about(filed: Filed[Spec], base: Registry, change: Registry) -> Iterator[str]:
    """The systems that the document names, and those of everything that it takes the place of."""
    line, seen = [filed], {filed.id}
    for one in line:
        system, metadata = vars(one.spec).get("system"), one.document.metadata
        if isinstance(system, str):
            yield system
        for name in metadata.replaces:
            before = (change.get(name) or base.get(name)) if name not in seen else None
            if before is not None:
                seen.add(before.id)
                line.append(before)


def _wished(request: Filed[OnboardingRequestSpec], forms: Iterable[Filed[ServiceIntentFormSpec]]) -> System:
    """The system as its request and all of its forms that fit it would have it, decided on or not."""
    system = filed_system(request.spec, request.id)
    for form in forms:
        for change in form.spec.intent.changes if isinstance(form.spec.intent, ChangeIntent) else ():
            after = apply_change(system, change, form.id)
            system = system if isinstance(after, ChangeConflict) else after
    return system


def _of_zone(
    registry: Registry, platform: Platform, filed: Filed[OnboardingRequestSpec], n: int, deployment: Deployment
) -> Iterator[Problem]:
    id_, cloud = platform.clouds.get((filed.spec.provider, deployment.zone), ("no cloud", None))
    built = [balancer.name for balancer in balancing.built(deployment, cloud)]
    if built:
        place = filed.place(f"spec.zones[{n}].load_balancing")
        fact = f"built by the broker, since {id_} offers load balancers: {', '.join(built)}"
        cure = "nothing is to be made by hand for them"
        yield Problem(place, "LOAD_BALANCER_BUILT", fact, cure, severity=Severity.NOTICE)
    wanted = balancing.by_hand(deployment, cloud)
    there = made(registry, filed.spec.system, deployment.zone) if wanted else 0
    if there < wanted:
        place = filed.place(f"spec.zones[{n}].load_balancers")
        fact = f"{there} of {wanted} load balancers are made; the broker builds none of them: {_why(deployment, id_)}"
        cure = "the provider makes them and files a ManualWork document in the case"
        yield Problem(place, "MANUAL_ITEM_OPEN", fact, cure, severity=Severity.NOTICE)


def _why(deployment: Deployment, cloud: str) -> str:
    if len(deployment.balancers) < deployment.load_balancers:
        return "load_balancing does not describe them"
    return f"the document of {cloud} does not offer load balancers"
