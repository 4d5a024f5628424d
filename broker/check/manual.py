"""Of the load balancers that a request asks for, told at the door: which the broker builds and which people make."""

from collections.abc import Iterator

from broker.documents.cases import OnboardingRequestSpec
from broker.documents.layout import ZoneLayout
from broker.estate import balancing
from broker.estate.manual import made
from broker.estate.platform import Platform, platform_of
from broker.estate.system import Deployment, deployment_of
from broker.problem import Problem, Severity
from broker.registry.addresses import released_requests
from broker.registry.filed import Filed, Registry


def load_balancers(registry: Registry) -> Iterator[Problem]:
    """Notices for each zone of a request: what is built, and what is not all made yet; systems that left have none."""
    gone, platform = released_requests(registry.filed), platform_of(registry)
    for filed in registry.in_force(OnboardingRequestSpec):
        for n, layout in enumerate(filed.spec.zones if filed.id not in gone else ()):
            yield from _of_zone(registry, platform, filed, n, layout)


def _of_zone(
    registry: Registry, platform: Platform, filed: Filed[OnboardingRequestSpec], n: int, layout: ZoneLayout
) -> Iterator[Problem]:
    id_, cloud = platform.clouds.get((filed.spec.provider, layout.zone), ("no cloud", None))
    deployment = deployment_of(layout)
    built = [balancer.name for balancer in balancing.built(deployment, cloud)]
    if built:
        place = filed.place(f"spec.zones[{n}].load_balancing")
        fact = f"{', '.join(built)}: built by the broker, since {id_} offers load balancers"
        cure = "nothing is to be made by hand for them"
        yield Problem(place, "LOAD_BALANCER_BUILT", fact, cure, severity=Severity.NOTICE)
    wanted = balancing.by_hand(deployment, cloud)
    there = made(registry, filed.spec.system, layout.zone) if wanted else 0
    if there < wanted:
        place = filed.place(f"spec.zones[{n}].load_balancers")
        fact = f"{there} of {wanted} load balancers are made; the broker builds none of them: {_why(deployment, id_)}"
        cure = "the provider makes them and files a ManualWork document in the case"
        yield Problem(place, "MANUAL_ITEM_OPEN", fact, cure, severity=Severity.NOTICE)


def _why(deployment: Deployment, cloud: str) -> str:
    if len(deployment.balancers) < deployment.load_balancers:
        return "load_balancing does not describe them"
    return f"the document of {cloud} does not offer load balancers"
