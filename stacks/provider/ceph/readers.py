"""Who else may read a bucket: the one policy that the broker writes, and what a policy that is there says of it.

The policy allows reading to the users of other systems, by name, and nothing else to anybody. The gateway takes the
name of a user that it does not have yet (measured on 16.2), so no stack waits for another.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from stacks.provider.ceph.naming import gateway_uid, tenant_and_user
from stacks.provider.values import UNKNOWN

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import PublicAccessBlockConfigurationTypeDef

_SID: Final = "govcloud-readers"
_PRINCIPAL: Final = "arn:aws:iam::{}:user/{}"
_READING: Final = ("s3:GetObject", "s3:ListBucket", "s3:GetBucketLocation")
_READING_VERSIONS: Final = ("s3:GetObjectVersion", "s3:ListBucketVersions")
_REFUSED: Final = "AccessDenied"


def policy_for(bucket: str, readers: Iterable[str], *, versioning: bool) -> dict[str, Any]:
    """The policy under which these users and the owner read the bucket; older versions only where there are any."""
    principals = [_PRINCIPAL.format(*tenant_and_user(uid)) for uid in sorted({gateway_uid(uid) for uid in readers})]
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": _SID,
                "Effect": "Allow",
                "Principal": {"AWS": principals},
                "Action": [*_READING, *(_READING_VERSIONS if versioning else ())],
                "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
            }
        ],
    }


def readers_of(policy: Mapping[str, Any] | None, bucket: str, *, versioning: bool) -> tuple[str, ...] | None:
    """The users, sorted, that read the bucket by the policy; None where it says anything beside that."""
    if policy is None:
        return ()
    try:
        [statement] = policy["Statement"]
        given = statement["Principal"]["AWS"]
        # a list of one may come back as its member
        uids = sorted({_uid_of(principal) for principal in ([given] if isinstance(given, str) else given)})
        others = set(statement["Principal"]) - {"AWS"}
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    ours = policy_for(bucket, uids, versioning=versioning)
    # in whatever order the users stand
    named = {**statement, "Principal": ours["Statement"][0]["Principal"]}
    return tuple(uids) if uids and not others and {**policy, "Statement": [named]} == ours else None


def _uid_of(principal: str) -> str:
    """The user of an ARN as `policy_for` writes it.

    Raises:
        ValueError: It is none; so are `*` and a whole tenant, `…:root`.
    """
    start, _, rest = principal.partition("::")
    tenant, kind, user = rest.partition(":user/")
    if start != "arn:aws:iam" or not kind or not user:
        raise ValueError(principal)
    return f"{tenant}${user}" if tenant else user


def readers_problems(given: Any, owner_uid: Any) -> Iterator[str]:
    """What is wrong with a list of users that are to read a bucket; nothing where it is left out."""
    if given is None or given is UNKNOWN:
        return
    if not given or list(given) != sorted(set(given)):
        yield "must be users, sorted, each once; leave it out for none"
    for uid in given:
        if "$" not in uid:
            yield f"{uid} has no tenant: write `<unit>$<system>-<zone>`"
        elif owner_uid is not UNKNOWN and gateway_uid(uid) == gateway_uid(owner_uid):
            yield f"{uid} owns the bucket and reads it anyway; leave it out"


def digest_of(policy: Mapping[str, Any] | None) -> str:
    """SHA-256 of the policy's canonical JSON, in hex; empty where there is none."""
    if policy is None:
        return ""
    return sha256(json.dumps(policy, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def write(
    client: "S3Client",
    bucket: str,
    readers: Iterable[str],
    *,
    versioning: bool,
    block: "PublicAccessBlockConfigurationTypeDef | None",
) -> None:
    """Set the policy for these readers, or take away what there is where there are none.

    `block`: what keeps the public out, on before and after; None = the store has no such thing. With BlockPublicPolicy
    on, Ceph 16.2 takes every policy that allows anything for a public one and refuses it. That one part is lifted for
    the moment of the write. Meanwhile public lists of rights are ignored as ever, and nobody but the owner could set a
    public policy; whoever is killed in between finds the bucket not blocked, and blocks it.
    """
    policy = policy_for(bucket, readers, versioning=versioning)
    if not policy["Statement"][0]["Principal"]["AWS"]:
        client.delete_bucket_policy(Bucket=bucket)
        return
    text = json.dumps(policy)
    try:
        client.put_bucket_policy(Bucket=bucket, Policy=text)
    except ClientError as error:
        if block is None or error.response["Error"]["Code"] != _REFUSED:
            raise
        lifted: PublicAccessBlockConfigurationTypeDef = {**block, "BlockPublicPolicy": False}
        client.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=lifted)
        try:
            client.put_bucket_policy(Bucket=bucket, Policy=text)
        finally:
            client.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)
