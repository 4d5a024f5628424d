"""A session of keystoneauth whose calls to an OpenStack cloud wait for their turn and obey `Retry-After`."""

import time
from typing import Any, Final

import requests
from keystoneauth1.exceptions import HttpError, from_response
from keystoneauth1.session import Session
from openstack.connection import Connection

from stacks.provider.again import READS, UNAVAILABLE, Heard
from stacks.provider.cloud_error import StillPutOff
from stacks.provider.trying import Door

_FAULTS: Final = frozenset({502, UNAVAILABLE, 504})
"""Of a proxy whose service is away for a moment."""
_FAULT_PAUSES_S: Final = (0.5, 1.0)
_FIRST_ERROR: Final = 400
TIMEOUT_S: Final = 120.0
"""How long a cloud may send nothing while it is called, where nobody says otherwise."""
_IDENTITY: Final = "identity"


class CloudSession(Session):
    """All calls through it count: those of openstacksdk, those for tokens and versions too."""

    def __init__(self, *, door: Door, **options: Any) -> None:
        """`options`: those of keystoneauth's session; without a `timeout` a dead connection would keep its turn."""
        if options.get("timeout") is None:  # openstacksdk gives None where clouds.yaml has no api_timeout
            options["timeout"] = TIMEOUT_S
        super().__init__(**options)
        self.door = door

    def request(self, url: str, method: str, *args: Any, **options: Any) -> requests.Response:
        """As keystoneauth's. Beside its options: `before`, called right before every sending.

        What the cloud puts off is sent again once it wants it, where that does no harm (`stacks.provider.again`);
        `status_code_retries` other than 0 lets a read be sent again after a fault of a proxy.

        Raises:
            HttpError: As keystoneauth; also where a call was put off for too long, whatever `raise_exc` says.
            Interrupted: The caller was told to stop while the call waited.
        """
        raise_exc = options.pop("raise_exc", True)
        faults_borne = len(_FAULT_PAUSES_S) if options.pop("status_code_retries", 0) and method in READS else 0
        service = str((options.get("endpoint_filter") or {}).get("service_type") or _IDENTITY)
        streamed = hasattr(options.get("data"), "read")
        trying = self.door.trying(service, method, options.pop("before", None), content=streamed)
        # each proxy of openstacksdk brings a semaphore that lets everything through
        options |= {"raise_exc": False, "rate_semaphore": trying.turn}
        rewind = _rewinding(options.get("data"))
        while True:
            try:
                answer = super().request(url, method, *args, **options)
                again = trying.again(Heard(answer.status_code, answer.headers))
            except StillPutOff as error:
                raise HttpError(str(error), url=url, method=method, http_status=error.status) from None
            if again:
                rewind()
                continue
            if answer.status_code not in _FAULTS or not faults_borne:
                break
            time.sleep(_FAULT_PAUSES_S[-faults_borne])
            faults_borne -= 1
        if raise_exc and answer.status_code >= _FIRST_ERROR:
            raise from_response(answer, method, url)
        return answer


def _rewinding(data: Any) -> Any:
    """What brings a body that is read from a file back to where it began."""
    if not hasattr(data, "seek"):
        return lambda: None
    began = data.tell()
    return lambda: data.seek(began)


def session_of(connection: Connection) -> CloudSession | None:
    """The connection's session, where it is one of these."""
    found = connection.session
    return found if isinstance(found, CloudSession) else None
