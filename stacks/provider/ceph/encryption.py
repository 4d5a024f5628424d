"""Default encryption of a bucket: what the store says it is, and the one form in which the broker writes it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import ServerSideEncryptionRuleTypeDef

AES256: Final = "AES256"
"""Keys that the store keeps itself (SSE-S3); no key of the unit is asked for."""


def algorithm_of(answer: Mapping[str, Any] | None) -> str | None:
    """The algorithm in the answer to GetBucketEncryption; None where there is none.

    A store that does not know the question answers it with a listing of the bucket, which names no algorithm.
    """
    rules = (answer or {}).get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    found = (rule.get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm") for rule in rules)
    return next((algorithm for algorithm in found if algorithm), None)


def write(client: "S3Client", name: str, algorithm: str | None) -> None:
    """Set or remove it. Remove only what the store was seen to have: see `algorithm_of`.

    A store that does not know the question would take the removal for one of the bucket.
    """
    if algorithm is None:
        client.delete_bucket_encryption(Bucket=name)
        return
    # AES256 is the only algorithm that inputs may name
    rule: ServerSideEncryptionRuleTypeDef = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": AES256}}
    client.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
