"""The few calls that seeding makes, as plain HTTP: starting an SDK would take longer than all of them."""

from collections.abc import Mapping
from typing import Any, Self

import requests

from tools.openstack.catalogue import CINDER, GLANCE, KEYSTONE, NEUTRON, NOVA
from tools.openstack.errors import SandboxError

_TIMEOUT_S = 60
_SHOWN_CHARACTERS = 500
Body = Mapping[str, Any]


class Api:
    """A session of the administrator with the services of one cloud."""

    def __init__(self, session: requests.Session, port_base: int) -> None:
        self._session = session
        self.keystone = KEYSTONE.url(port_base)
        self.nova = NOVA.url(port_base)
        self.neutron = NEUTRON.url(port_base) + "/v2.0"
        self.glance = GLANCE.url(port_base) + "/v2"
        self.cinder = CINDER.url(port_base)

    @classmethod
    def login(cls, port_base: int, password: str) -> Self:
        """A session with a token for the project `admin`."""
        session = requests.Session()
        session.trust_env = False  # a proxy of the environment knows nothing of this machine's loopback
        api = cls(session, port_base)
        default = {"id": "default"}
        user = {"name": "admin", "domain": default, "password": password}
        body = {
            "identity": {"methods": ["password"], "password": {"user": user}},
            "scope": {"project": {"name": "admin", "domain": default}},
        }
        answer = api.call("POST", f"{api.keystone}/auth/tokens", json={"auth": body})
        session.headers["X-Auth-Token"] = answer.headers["X-Subject-Token"]
        return api

    def call(self, method: str, url: str, **options: Any) -> requests.Response:
        """The answer; raises SandboxError for any but a 2xx."""
        answer = self._session.request(method, url, timeout=_TIMEOUT_S, **options)
        if not answer.ok:
            raise SandboxError(
                f"seeding: {method} {url} answers {answer.status_code}: {answer.text[:_SHOWN_CHARACTERS]}"
            )
        return answer

    def all(self, url: str, **filters: str) -> list[dict[str, Any]]:
        """The members of a collection; the answer's key is the last part of the path, but for volume types."""
        last = url.rpartition("/")[2]
        key = "volume_types" if last == "types" else last.replace("-", "_")
        return list(self.call("GET", url, params=filters).json()[key])

    def ensure(self, url: str, kind: str, body: Body, **filters: str) -> dict[str, Any]:
        """The member that the filters find, by default the one of this name; created from `body` if there is none."""
        found = self.all(url, **(filters or {"name": str(body["name"])}))
        if found:
            return found[0]
        created: dict[str, Any] = self.call("POST", url, json={kind: body}).json()[kind]
        return created
