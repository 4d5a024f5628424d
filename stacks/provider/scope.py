"""One token of the cloud and the endpoints that it opens."""

import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

import requests
from keystoneauth1.adapter import Adapter
from keystoneauth1.exceptions import ClientException
from openstack.connection import Connection
from requests.adapters import HTTPAdapter

from stacks.provider.cloud_error import CloudError
from stacks.provider.cloud_session import CloudSession, session_of
from stacks.provider.trying import Door

THREADS: Final = 24


class Service(StrEnum):
    """A service by its type in the catalogue."""

    IDENTITY = "identity"
    NETWORK = "network"
    COMPUTE = "compute"
    VOLUME = "block-storage"
    IMAGE = "image"
    OBJECT = "object-store"
    LOAD_BALANCER = "load-balancer"


# Nova 2.90 embeds the flavor's name in a server, Cinder 3.42 extends a volume in use and 3.70 moves encrypted ones
_MICROVERSIONS: Final = {Service.COMPUTE: "2.90", Service.VOLUME: "3.70"}
_VERSION_PATHS: Final = {
    Service.IDENTITY: "/v3",
    Service.NETWORK: "/v2.0",
    Service.IMAGE: "/v2",
    Service.LOAD_BALANCER: "/v2.0",
}
OF_EVERY_PROJECT: Final = frozenset({Service.NETWORK, Service.LOAD_BALANCER})
"""Services that the broker's own token asks about any project, by a filter."""


class _CountedTransport(HTTPAdapter):
    def __init__(self, transport: "Transport") -> None:
        self._transport = transport
        super().__init__(pool_connections=8, pool_maxsize=THREADS + 8)

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        began_s = time.monotonic()
        try:
            return super().send(*args, **kwargs)
        finally:
            self._transport.count(time.monotonic() - began_s)


class Transport:
    """Connections shared by all scopes; counts every request, those for tokens and versions too, and their seconds."""

    def __init__(self) -> None:
        self.calls = 0
        self.seconds = 0.0
        self.door = Door()
        """Whose turns the calls are; to a cloud of its own where the connection has no `CloudSession`."""
        self.discovered: dict[str, Any] = {}
        self.http = requests.Session()
        self._counting = threading.Lock()
        for prefix in ("http://", "https://"):
            self.http.mount(prefix, _CountedTransport(self))

    def count(self, seconds: float) -> None:
        """Add one request that took so long, answered or not."""
        with self._counting:
            self.calls += 1
            self.seconds += seconds


@dataclass(frozen=True, slots=True)
class Login:
    """Another user than the broker's own, for the requests that only he may make."""

    user_id: str
    password: str = field(repr=False)
    project_id: str


@dataclass(frozen=True, slots=True)
class Scope:
    """A token of one project; blocking, to be used in threads."""

    session: CloudSession
    connection: Connection
    is_admin: bool
    """Whether it is the broker's own, which may ask about every project."""
    adapters: dict[Service, Adapter] = field(default_factory=dict)

    def adapter(self, service: Service) -> Adapter:
        """The service's endpoint.

        Raises:
            CloudError: The catalogue has none.
        """
        if service not in self.adapters:
            self.adapters[service] = self._adapter(service)
        return self.adapters[service]

    def _adapter(self, service: Service) -> Adapter:
        config = self.connection.config
        interface, region = config.get_interface(service), config.get_region_name(service)
        url = config.get_endpoint(service) or self.session.get_endpoint(
            service_type=str(service), interface=interface, region_name=region
        )
        if not url:
            raise CloudError(0, f"no {service} service in the catalogue", "looking up the cloud's endpoints")
        if service is Service.OBJECT and self.is_admin:
            # Swift's endpoint ends in the token's own account; the admin asks for others by `/AUTH_<project>`
            url = url.rpartition("/")[0]
        # each API fixes the path of its version: asking for it would cost one more request per service and run
        versioned = url if re.search(r"/v\d", url) else url.rstrip("/") + _VERSION_PATHS.get(service, "")
        return Adapter(
            self.session,
            service_type=str(service),
            interface=interface,
            region_name=region,
            endpoint_override=versioned,
            default_microversion=_MICROVERSIONS.get(service),
        )


def log_in(own: Connection, who: str | Login | None, transport: Transport) -> Scope:
    """The broker's token in a project by its id, in its own where None, or another user's; blocking.

    Raises:
        CloudError: The cloud refuses: the account has no role there, or its password is wrong.
    """
    connection = own if who is None else own.connect_as(**_changed(who))
    verify, cert = connection.config.get_requests_verify_args()
    session = CloudSession(
        door=_door(own, transport),
        auth=own.session.auth if who is None else connection.config.get_auth(),
        session=transport.http,
        verify=verify,
        cert=cert,
        discovery_cache=transport.discovered,
    )
    try:
        session.get_token()
    except ClientException as error:
        where = "the broker's own project" if who is None else f"project {_changed(who)['project_id']}"
        raise CloudError(getattr(error, "http_status", 0) or 0, str(error), f"logging in to {where}") from error
    return Scope(session, connection, is_admin=who is None)


def _door(own: Connection, transport: Transport) -> Door:
    """To the cloud of the connection, in the turns of the transport."""
    shared = session_of(own)
    if shared is None:
        return transport.door
    return replace(shared.door, caller=transport.door.caller)


def _changed(who: str | Login) -> Mapping[str, str]:
    """What differs from the broker's own entry in clouds.yaml."""
    if isinstance(who, Login):
        return {"user_id": who.user_id, "password": who.password, "project_id": who.project_id}
    return {"project_id": who}
