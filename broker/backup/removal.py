"""Versions of objects removed many with a call of S3 (DeleteObjects), each refusal told. Blocking."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from broker.errors import CloudError

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import ErrorTypeDef, ObjectIdentifierTypeDef

AT_ONCE: Final = 250
"""S3 takes 1000. A gateway removes one after another before it answers: a stop, or a lost answer, is about these."""
_SHOWN_NAMES: Final = 5
_GONE: Final = frozenset({"NoSuchKey", "NoSuchVersion"})
_FIT_FOR_XML: Final = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an object, or a delete marker."""

    key: str
    id: str

    def __str__(self) -> str:
        return f"{self.key} version {self.id}"


def removed(client: "S3Client", bucket: str, versions: Sequence[Version]) -> Iterator[tuple[str, ...]]:
    """Removes as it is asked, and names what went with each call.

    Raises:
        CloudError: The store kept some of them; what else the call named is gone, and was given.
    """
    fit = [version for version in versions if _FIT_FOR_XML.fullmatch(version.key)]
    for first in range(0, len(fit), AT_ONCE):
        yield from _together(client, bucket, fit[first : first + AT_ONCE])
    for version in versions:
        if not _FIT_FOR_XML.fullmatch(version.key):
            # a body in XML cannot name it, an address can
            client.delete_object(Bucket=bucket, Key=version.key, VersionId=version.id)
            yield (str(version),)


def _together(client: "S3Client", bucket: str, versions: Sequence[Version]) -> Iterator[tuple[str, ...]]:
    wanted: list[ObjectIdentifierTypeDef] = [{"Key": version.key, "VersionId": version.id} for version in versions]
    answer = client.delete_objects(Bucket=bucket, Delete={"Objects": wanted})
    yield tuple(f"{gone['Key']} version {gone.get('VersionId', 'null')}" for gone in answer.get("Deleted", []))
    if kept := [error for error in answer.get("Errors", []) if error.get("Code") not in _GONE]:
        told = f"the object store kept {len(kept)} of {len(versions)}: {_told(kept)}"
        raise CloudError(f"emptying the bucket {bucket}: {told}; lift what holds them, and run it again")


def _told(kept: Sequence["ErrorTypeDef"]) -> str:
    """Every reason, with how many it keeps and the first of them."""
    by_reason: dict[str, list[str]] = defaultdict(list)
    for error in kept:
        version = f" version {error['VersionId']}" if error.get("VersionId") else ""
        by_reason[f"{error.get('Code')} ({error.get('Message')})"].append(f"{error.get('Key')}{version}")
    return "; ".join(f"{reason}: {_first(names)}" for reason, names in sorted(by_reason.items()))


def _first(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    return ", ".join(names[:_SHOWN_NAMES]) + more
