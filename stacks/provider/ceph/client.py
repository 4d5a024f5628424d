"""A boto3 client with the settings under which every S3 store tried behaves alike."""

import threading
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from stacks.provider.ceph.account import Keys

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_CONFIG: Final = Config(
    signature_version="s3v4",
    s3={"addressing_style": "path"},
    # one attempt: a write goes out right after its fence or not at all
    retries={"mode": "standard", "total_max_attempts": 1},
    connect_timeout=5,
    read_timeout=60,
    max_pool_connections=32,
    # older gateways know Content-MD5 only
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)


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


def s3_client(endpoint: str, region: str, keys: Keys | None, watch: Watch = unwatched) -> "S3Client":
    """The client of one user, or of nobody; safe to share between threads."""

    def before_send(request: Any, **_: Any) -> None:
        watch(request.method)

    with _MAKING:
        client = _session().client(
            "s3",
            endpoint_url=endpoint,
            region_name=region,
            aws_access_key_id=keys.access_key if keys else None,
            aws_secret_access_key=keys.secret_key if keys else None,
            config=_CONFIG if keys else _CONFIG.merge(Config(signature_version=UNSIGNED)),
        )
    client.meta.events.register("before-send.s3", before_send)
    return client
