"""Which load balancers the broker builds and which people make: the cloud's document decides, nothing else."""

from broker.documents.platform import CloudSpec
from broker.estate.system import Balancer, Deployment


def offers_load_balancers(cloud: CloudSpec) -> bool:
    """Whether the cloud's document says so; where it says nothing of what the cloud offers, it does not."""
    return "load_balancer" in (cloud.offers or ())


def built(deployment: Deployment, cloud: CloudSpec | None) -> tuple[Balancer, ...]:
    """Those that a document describes, on a cloud whose document offers load balancers; on any other none."""
    return deployment.balancers if cloud is not None and offers_load_balancers(cloud) else ()


def by_hand(deployment: Deployment, cloud: CloudSpec | None) -> int:
    """How many are granted and not built."""
    return max(0, deployment.load_balancers - len(built(deployment, cloud)))
