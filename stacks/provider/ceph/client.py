"""A boto3 client with the settings under which every S3 store tried behaves alike."""

from typing import TYPE_CHECKING, Final

import boto3
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


def s3_client(endpoint: str, region: str, keys: Keys) -> "S3Client":
    """The client of one user; safe to share between threads, dear to make (some 30 ms): keep it."""
    session = boto3.session.Session(
        aws_access_key_id=keys.access_key, aws_secret_access_key=keys.secret_key, region_name=region
    )
    return session.client("s3", endpoint_url=endpoint, config=_CONFIG)
