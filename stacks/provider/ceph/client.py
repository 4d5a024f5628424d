"""A boto3 client with the settings under which every S3 store tried behaves alike."""

import base64
import hashlib
import threading
from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final, cast

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from stacks.provider.again import SLOW_DOWN, UNAVAILABLE, Heard
from stacks.provider.ceph.account import Keys
from stacks.provider.trying import Door

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_CONFIG: Final = Config(
    signature_version="s3v4",
    s3={"addressing_style": "path"},
    # one attempt, but for what the store puts off: a write goes out right after its fence or not at all
    retries={"mode": "standard", "total_max_attempts": 1},
    connect_timeout=5,
    read_timeout=60,
    max_pool_connections=32,
    # older gateways know Content-MD5 only
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)


S3: Final = "s3"
ADMIN: Final = "s3-admin"
"""Names of the two sides of a gateway, as services."""
_TRYING: Final = "govcloud_trying"
_REMOVALS: Final = "DeleteObjects"

# making clients from one session is not safe between threads, using them is
_MAKING: Final = threading.Lock()
Watch = Callable[[str], None]
"""Told the HTTP method of each request right before it goes out; what it raises keeps the request back."""


def unwatched(_method: str) -> None:
    """Nothing: every request goes out."""


@cache
def _session() -> boto3.session.Session:
    """One for all clients: it has read the description of S3, which costs more than all else of a client."""
    return boto3.session.Session()


class _Sender:
    """Sends what one client asks, in its turns, and lets botocore sign and send again what the store put off."""

    def __init__(self, door: Door, watch: Watch, send: Callable[[Any], Any]) -> None:
        self._door = door
        self._watch = watch
        self._send = send
        self._last = threading.local()

    def before_send(self, request: Any, **_: Any) -> Any:
        """The answer: botocore sends nothing itself where a handler has one."""
        turn = self._last.turn = self._door.turn(S3, partial(self._watch, request.method))
        with turn:
            return self._send(request)

    def needs_retry(self, response: Any, request_dict: Any, operation: Any, **_: Any) -> int | None:
        """0 where the store put the request off: botocore sends it again after so many seconds. None: it does not."""
        if response is None:
            return None
        answer, parsed = response
        # the same removals twice come to the same, though S3 has them as a POST
        method = "DELETE" if operation.name == _REMOVALS else request_dict["method"]
        trying = request_dict["context"].setdefault(_TRYING, self._door.trying(S3, method))
        code = str(parsed.get("Error", {}).get("Code", ""))
        if request_dict["method"] == "HEAD" and answer.status_code == UNAVAILABLE:
            code = SLOW_DOWN  # the answer has no body that could say so
        heard = Heard(answer.status_code, answer.headers, code)
        return 0 if trying.again(heard, self._last.turn.began_s) else None


def s3_client(
    endpoint: str, region: str, keys: Keys | None, watch: Watch = unwatched, door: Door | None = None
) -> "S3Client":
    """The client of one user, or of nobody; safe to share between threads. `door`: shared by who calls the store."""
    with _MAKING:
        client = _session().client(
            "s3",
            endpoint_url=endpoint,
            region_name=region,
            aws_access_key_id=keys.access_key if keys else None,
            aws_secret_access_key=keys.secret_key if keys else None,
            config=_CONFIG if keys else _CONFIG.merge(Config(signature_version=UNSIGNED)),
        )
    # with the client's own connections: it has read how the machine trusts and which proxy it takes
    send = cast("Any", client)._endpoint.http_session.send  # noqa: SLF001 - see above; botocore shows it nowhere else
    sender, events = _Sender(door or Door(), watch, send), cast("Any", client.meta.events)
    events.register("before-send.s3", sender.before_send)
    events.register("needs-retry.s3", sender.needs_retry)
    events.register(f"before-call.s3.{_REMOVALS}", _add_md5)
    return client


def _add_md5(params: Any, **_: Any) -> None:
    """S3 asks for a checksum of this body; gateways that know no other than this one refuse what comes without it."""
    digest = hashlib.md5(params["body"], usedforsecurity=False).digest()
    params["headers"]["Content-MD5"] = base64.b64encode(digest).decode()
