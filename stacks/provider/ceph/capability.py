"""What an S3 endpoint really does, found by doing it: write, read back, compare; a plain yes is not believed."""

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from stacks.provider.ceph import buckets
from stacks.provider.ceph.account import Keys
from stacks.provider.ceph.admin import Admin
from stacks.provider.ceph.buckets import Aspect, Settings
from stacks.provider.ceph.client import s3_client
from stacks.provider.ceph.encryption import AES256
from stacks.provider.ceph.lifecycle import Expiry
from stacks.provider.ceph.store_error import ObjectStoreError, asking
from stacks.provider.trying import Door

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_OBJECT: Final = "probe"
_DENIED: Final = (401, 403)
_CONFLICT: Final = 409
_PRECONDITION_FAILED: Final = 412
_CHINESE: Final = "区教育局"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the broker may rely on at one endpoint."""

    tagging: bool
    """Chinese values included."""
    versioning: bool
    expiry: bool
    public_access_block: bool
    default_encryption: bool
    bucket_policy: bool
    """One lets the user in that it names, to read and not to write, and nobody without a key."""
    conditional_write: bool
    """`If-None-Match: *` refuses to overwrite."""
    anonymous_refused: bool
    """Reading, listing and writing without a key; one store refuses the first alone."""
    wrong_secret_refused: bool
    nonempty_delete_refused: bool
    """Only a second line of defence: emptiness is looked at before any delete."""
    admin_api: bool
    """Users, limits and use through the Ceph gateway's admin API."""

    @property
    def missing(self) -> tuple[str, ...]:
        """What buckets with limits need and this endpoint lacks, sorted."""
        return tuple(sorted(name for name in _NEEDED if not getattr(self, name)))


_NEEDED: Final = (
    "tagging",
    "versioning",
    "expiry",
    "anonymous_refused",
    "wrong_secret_refused",
    "admin_api",
)


def probe(endpoint: str, region: str, keys: Keys, admin: Admin | None = None, door: Door | None = None) -> Capabilities:
    """What the endpoint does, tried on a bucket of its own that is gone afterwards. `door`: as of `s3_client`.

    Raises:
        ObjectStoreError: It cannot be reached, or the account may make no bucket.
    """
    client_of = partial(s3_client, endpoint, region, door=door)
    client = client_of(keys)
    name = f"gc-probe-{secrets.token_hex(8)}"
    buckets.create(client, name)
    try:
        client.put_object(Bucket=name, Key=_OBJECT, Body=b"1")
        return Capabilities(
            # before versioning: with versions, Ceph 16.2 overwrites all the same
            conditional_write=_refuses(lambda: _overwrite(client, name), _PRECONDITION_FAILED),
            tagging=_holds(client, name, Aspect.TAGS, Settings(tags={"unit": _CHINESE})),
            versioning=_holds(client, name, Aspect.VERSIONING, Settings(versioning=True)),
            expiry=_holds(client, name, Aspect.EXPIRY, Settings(expiry=Expiry(365))),
            public_access_block=_holds(client, name, Aspect.PUBLIC_ACCESS, Settings()),
            default_encryption=_encrypts(client, name),
            bucket_policy=admin is not None and _lets_in(client, name, admin, client_of),
            anonymous_refused=_refuses_anonymous(client_of(None), name),
            wrong_secret_refused=_refuses(lambda: client_of(_wrong(keys)).list_buckets()),
            nonempty_delete_refused=_refuses(lambda: client.delete_bucket(Bucket=name), _CONFLICT),
            admin_api=admin is not None and _is_admin(admin),
        )
    finally:
        _remove(client, name)


def _holds(client: "S3Client", name: str, aspect: Aspect, wanted: Settings) -> bool:
    """Whether the store shows what was just written."""
    try:
        found = buckets.observe(client, name) or Settings()
        buckets.write(client, name, aspect, found, wanted)
        now = buckets.observe(client, name) or Settings()
    except ObjectStoreError:
        return False
    known = replace(now, public_blocked=now.public_blocked or False)
    return aspect not in buckets.differences(known, wanted)


def _encrypts(client: "S3Client", name: str) -> bool:
    """Whether what is written afterwards is encrypted; a store may keep the rule and not its promise."""
    if not _holds(client, name, Aspect.ENCRYPTION, Settings(encryption=AES256)):
        return False
    try:
        with asking("writing into a bucket with default encryption"):
            client.put_object(Bucket=name, Key=_OBJECT, Body=b"1")
            return client.head_object(Bucket=name, Key=_OBJECT).get("ServerSideEncryption") == AES256
    except ObjectStoreError:
        return False


def _lets_in(client: "S3Client", name: str, admin: Admin, client_of: "Callable[[Keys | None], S3Client]") -> bool:
    """Whether a policy does what it says, tried by a user that is gone afterwards."""
    uid = f"gc-probe-{secrets.token_hex(8)}"
    try:
        made = admin.create_user(uid, "probe", 0)
    except ObjectStoreError:
        return False
    try:
        reader, found = client_of(made.keys[0]), buckets.observe(client, name) or Settings()
        return (
            _refuses(lambda: reader.get_object(Bucket=name, Key=_OBJECT))
            and _holds(client, name, Aspect.POLICY, replace(found, readers=(uid,)))
            and _reads_alone(reader, name)
            and _refuses_anonymous(client_of(None), name)
            and _holds(client, name, Aspect.POLICY, found)
            and _refuses(lambda: reader.get_object(Bucket=name, Key=_OBJECT))
        )
    finally:
        admin.remove_user(uid)


def _reads_alone(reader: "S3Client", name: str) -> bool:
    try:
        with asking("reading as the user whom a policy names"):
            reader.get_object(Bucket=name, Key=_OBJECT)
            reader.list_objects_v2(Bucket=name)
    except ObjectStoreError:
        return False
    return _refuses(lambda: reader.put_object(Bucket=name, Key=_OBJECT, Body=b"2"))


def _refuses(ask: Callable[[], object], *statuses: int) -> bool:
    """Whether the store refuses, with one of the statuses; no answer at all is no refusal."""
    try:
        with asking("trying what must be refused"):
            ask()
    except ObjectStoreError as error:
        return error.status in (statuses or _DENIED)
    return False


def _refuses_anonymous(client: "S3Client", name: str) -> bool:
    return (
        _refuses(lambda: client.get_object(Bucket=name, Key=_OBJECT))
        and _refuses(lambda: client.list_objects_v2(Bucket=name))
        and _refuses(lambda: client.put_object(Bucket=name, Key=_OBJECT, Body=b"2"))
    )


def _overwrite(client: "S3Client", name: str) -> None:
    client.put_object(Bucket=name, Key=_OBJECT, Body=b"2", IfNoneMatch="*")


def _wrong(keys: Keys) -> Keys:
    return replace(keys, secret_key=secrets.token_hex(20))


def _is_admin(admin: Admin) -> bool:
    try:
        admin.buckets()
    except ObjectStoreError:
        return False
    return True


def _remove(client: "S3Client", name: str) -> None:
    """Remove the probe's own bucket with all versions in it; one that went on the way is no error."""
    with suppress(ObjectStoreError), asking(f"emptying the probe's bucket {name}"):
        listing = client.list_object_versions(Bucket=name)
        for version in (*listing.get("Versions", []), *listing.get("DeleteMarkers", [])):
            client.delete_object(Bucket=name, Key=version["Key"], VersionId=version["VersionId"])
    buckets.delete(client, name)
