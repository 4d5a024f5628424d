"""The services of the cloud: their ports, and how Keystone's catalogue names them."""

from collections.abc import Mapping
from dataclasses import dataclass

from tools.processes import LOOPBACK

REGION = "RegionOne"
PORT_COUNT = 11


@dataclass(frozen=True, slots=True)
class Service:
    """One process. `offset` is its first port's distance from the cloud's first port; it takes `port_count` of them."""

    name: str
    offset: int
    types: tuple[str, ...]
    path: str = ""
    port_count: int = 1

    def ports(self, port_base: int) -> range:
        """All ports the process listens on; the API is at the first."""
        return range(port_base + self.offset, port_base + self.offset + self.port_count)

    def url(self, port_base: int) -> str:
        """The address of the API; Keystone replaces `$(project_id)s`."""
        return f"http://{LOOPBACK}:{port_base + self.offset}{self.path}"


KEYSTONE = Service("keystone", 0, ("identity",), "/v3")
PLACEMENT = Service("placement", 1, ("placement",))
GLANCE = Service("glance", 2, ("image",))
NEUTRON = Service("neutron", 3, ("network",))
NOVA = Service("nova", 4, ("compute",), "/v2.1")
# clients still ask for either of the two names
CINDER = Service("cinder", 5, ("block-storage", "volumev3"), "/v3")
# the proxy, then object, container and account server
SWIFT = Service("swift", 6, ("object-store",), "/v1/AUTH_$(project_id)s", port_count=4)
OCTAVIA = Service("octavia", 10, ("load-balancer",))
ALWAYS = (KEYSTONE, PLACEMENT, GLANCE, NEUTRON, NOVA, CINDER, SWIFT)
ON_DEMAND = (OCTAVIA,)
SERVICES = (*ALWAYS, *ON_DEMAND)


def api_ports(port_base: int) -> Mapping[str, int]:
    """The port of each service's API by the service's name."""
    return {service.name: service.ports(port_base).start for service in SERVICES}


def auth_url(port_base: int) -> str:
    """Where clients log in."""
    return KEYSTONE.url(port_base)


def s3_url(port_base: int) -> str:
    """The S3 endpoint: Swift's proxy without a path."""
    return f"http://{LOOPBACK}:{SWIFT.ports(port_base).start}"
