"""Reading a cloud in bulk: whole lists of all projects, a thousand rows a call, one token as long as it lives."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from keystoneauth1.exceptions import ClientException
from openstack.connection import Connection

from stacks.provider.cloud_error import CloudError
from stacks.provider.pages import entries, following
from stacks.provider.scope import Scope, Service, Transport, log_in

Item = Mapping[str, Any]
PAGE = 1000


@dataclass(frozen=True, slots=True)
class Collection:
    """A list of a service: where it is and under which name its items come. `paged`: it is cut after `PAGE` rows."""

    service: Service
    path: str
    key: str
    paged: bool = True

    @property
    def first_page(self) -> str:
        """The path of the list's first page."""
        return f"{self.path}{'&' if '?' in self.path else '?'}limit={PAGE}" if self.paged else self.path


SERVERS = Collection(Service.COMPUTE, "/servers/detail?all_tenants=1", "servers")
HYPERVISORS = Collection(Service.COMPUTE, "/os-hypervisors/detail", "hypervisors")
VOLUMES = Collection(Service.VOLUME, "/volumes/detail?all_tenants=1", "volumes")
SNAPSHOTS = Collection(Service.VOLUME, "/snapshots/detail?all_tenants=1", "snapshots")
BACKUPS = Collection(Service.VOLUME, "/backups/detail?all_tenants=1", "backups")
POOLS = Collection(Service.VOLUME, "/scheduler-stats/get_pools?detail=true", "pools", paged=False)
# Neutron cuts a list only where it is asked to, and `fields` leaves out what nobody reads
FLOATING_IPS = Collection(
    Service.NETWORK,
    "/floatingips?fields=id&fields=project_id&fields=port_id&fields=qos_policy_id",
    "floatingips",
    False,
)
ROUTERS = Collection(
    Service.NETWORK, "/routers?fields=id&fields=project_id&fields=external_gateway_info", "routers", False
)
QOS_POLICIES = Collection(Service.NETWORK, "/qos/policies", "policies", paged=False)
PROJECTS = Collection(Service.IDENTITY, "/projects", "projects", paged=False)


def hush() -> None:
    """Let the clients' own words on every failed try be: whoever asks is told once what failed, by the error.

    For a process that asks again and again: a cloud that is away for a day would fill its log.
    """
    logging.getLogger("keystoneauth").setLevel(logging.CRITICAL)


class Listing:
    """All lists of one cloud. Threads may share it."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._transport = Transport()
        self._scope: Scope | None = None
        self._logging_in = threading.Lock()
        self.tokens = 0
        self.calls_per_project = 0
        """Of `calls` those that ask for one project's things, where a service has no list of all."""

    @property
    def calls(self) -> int:
        """Requests sent so far, those for tokens too."""
        return self._transport.calls

    @property
    def seconds(self) -> float:
        """How long they took, all together."""
        return self._transport.seconds

    def items(self, collection: Collection) -> Iterator[Item]:
        """The items of a list, page by page: a page is let go before the next is asked for.

        Raises:
            CloudError: The service refused or gave no answer.
        """
        path: str | None = collection.first_page
        while path:
            answer = self.get(collection.service, path)
            yield from entries(answer, collection.key, path)
            path = following(answer, collection.key, collection.first_page)

    def get(self, service: Service, path: str) -> Any:
        """The JSON that a service answers to a GET.

        Raises:
            CloudError: It refused or gave no answer.
        """
        what = f"GET {service} {path.partition('?')[0]}"
        if service is Service.OBJECT:
            with self._logging_in:  # it is short
                self.calls_per_project += 1
        try:
            response = self._logged_in().adapter(service).get(path, connect_retries=1)
            return response.json()
        except ClientException as error:
            raise CloudError(getattr(error, "http_status", 0) or 0, str(error), what) from error
        except ValueError as error:
            raise CloudError(0, "the answer is no JSON", what) from error

    def head(self, service: Service, path: str) -> Mapping[str, str]:
        """The headers that a service answers to a HEAD.

        Raises:
            CloudError: It refused or gave no answer.
        """
        try:
            answer: Mapping[str, str] = self._logged_in().adapter(service).head(path).headers
        except ClientException as error:
            raise CloudError(getattr(error, "http_status", 0) or 0, str(error), f"HEAD {service} {path}") from error
        return answer

    def _logged_in(self) -> Scope:
        with self._logging_in:
            if self._scope is None:
                # keystoneauth gets a new token by itself when this one nears its end
                self._scope = log_in(self._connect(), None, self._transport)
                self.tokens += 1
            return self._scope
