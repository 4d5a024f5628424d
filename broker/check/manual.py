"""What a request asks for that people will make by hand, told at the door: nobody takes it for built."""

from collections.abc import Iterator

from broker.documents.cases import OnboardingRequestSpec
from broker.estate.manual import made
from broker.problem import Problem, Severity
from broker.registry.addresses import released_requests
from broker.registry.filed import Registry


def by_hand(registry: Registry) -> Iterator[Problem]:
    """A notice for each zone of a request whose load balancers are not all made yet; systems that left have none."""
    gone = released_requests(registry.filed)
    for filed in registry.in_force(OnboardingRequestSpec):
        for n, layout in enumerate(filed.spec.zones if filed.id not in gone else ()):
            there = made(registry, filed.spec.system, layout.zone) if layout.load_balancers else 0
            if there < layout.load_balancers:
                fact = f"{there} of {layout.load_balancers} load balancers are made; the broker builds none"
                cure = "the provider makes them and files a ManualWork document in the case"
                place = filed.place(f"spec.zones[{n}].load_balancers")
                yield Problem(place, "MANUAL_ITEM_OPEN", fact, cure, severity=Severity.NOTICE)
