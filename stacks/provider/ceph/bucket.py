"""`govcloud:ceph:Bucket`: a bucket of the stack's user: its limit, versions, expiry, encryption, readers and labels."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from stacks.provider.ceph import buckets
from stacks.provider.ceph.account import BucketUse
from stacks.provider.ceph.buckets import KEY_TAG, Settings
from stacks.provider.ceph.encryption import AES256
from stacks.provider.ceph.gateway import Gateway
from stacks.provider.ceph.lifecycle import Expiry
from stacks.provider.ceph.limits import Limit, limit_of_gib
from stacks.provider.ceph.naming import bucket_id, gateway_uid, owner_and_name
from stacks.provider.ceph.readers import readers_problems
from stacks.provider.ceph.store_error import ObjectStoreError
from stacks.provider.key import LABELS
from stacks.provider.resource_type import Created, Found, Incomplete, Inputs, Problem, Refused, ResourceType
from stacks.provider.values import UNKNOWN

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_LIMIT: Final = "limit"
_UNLIMITED: Final = -1


@dataclass(frozen=True, slots=True)
class _Bucket:
    """A bucket from both sides of the gateway."""

    settings: Settings
    limit: Limit


class Bucket(ResourceType):
    """A bucket. Its name in the unit's namespace is its natural key, so a lost answer cannot double it.

    One that exists is taken over if it has our tag; without any key tag only while it is empty, since a run may be
    killed between making and tagging. What else somebody did to it by hand is shown as inputs that no document has,
    so that the next preview names it and the next run undoes it.
    """

    token = "govcloud:ceph:Bucket"  # noqa: S105 - the name of a resource type, no secret
    required = frozenset({"owner_uid", "name", "quota_gib", "versioning", "labels"})
    optional = frozenset({"expire_days", "encryption", "readers"})
    replaces = frozenset({"owner_uid", "name"})
    holds_data = True

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def problems(self, inputs: Inputs) -> Sequence[Problem]:
        """A name that S3 does not know, and figures out of range."""
        found = []
        if inputs["name"] is not UNKNOWN and not _NAME.fullmatch(inputs["name"]):
            found.append(Problem("name", "must be 3 to 63 lower-case letters, digits and inner hyphens"))
        if inputs["quota_gib"] is not UNKNOWN and inputs["quota_gib"] < 0:
            found.append(Problem("quota_gib", "is below zero"))
        days = inputs.get("expire_days")
        if days not in {None, UNKNOWN} and days < 1:
            found.append(Problem("expire_days", "must be one day or more; leave it out for never"))
        if inputs.get("encryption") not in {None, UNKNOWN, AES256}:
            found.append(Problem("encryption", f"must be {AES256}; leave it out for none"))
        found += [Problem("readers", told) for told in readers_problems(inputs.get("readers"), inputs["owner_uid"])]
        return found

    async def create(self, key: str, inputs: Inputs) -> Created:
        """The bucket, made or taken over."""
        owner_uid, name = gateway_uid(inputs["owner_uid"]), inputs["name"]
        id_ = bucket_id(owner_uid, name)
        client = await self._gateway.client(owner_uid)
        if await self._exists(client, key, owner_uid, name):
            self._gateway.adopted.append(id_)
        else:
            await self._gateway.write("create:Bucket", lambda: buckets.create(client, name))
        try:
            return Created(id_, await self._converge(id_, key, inputs, "create"))
        except ObjectStoreError as error:
            raise Incomplete(id_, str(error)) from error

    async def read(self, id_: str, key: str, inputs: Inputs) -> Found | None:
        """The bucket as it is now, with what was changed by hand."""
        found = await self._look(id_)
        if found is None:
            return None
        owner_uid, name = owner_and_name(id_)
        given = inputs.get("owner_uid", "")
        shown = {
            "owner_uid": given if gateway_uid(given) == owner_uid else owner_uid,
            "name": name,
            "quota_gib": _UNLIMITED if found.limit.size_gib is None else found.limit.size_gib,
            **_shown(found.settings, key, inputs),
        }
        return Found(id_, shown, _outputs(found.settings))

    async def update(self, id_: str, key: str, old: Inputs, new: Inputs) -> Inputs:
        """The outputs once everything is as wished, also what no input names.

        Encryption that ends is taken back; a store that encrypts all the same is let do so.
        """
        ends = bool(old.get("encryption")) and not new.get("encryption")
        return await self._converge(id_, key, new, "update", encryption_ends=ends)

    async def delete(self, id_: str, _inputs: Inputs) -> None:
        """Nothing; the bucket is gone. One that holds anything stays, whatever permit there is.

        A permit lets the bucket go; what becomes of its objects (handed over, discarded) is done and recorded before.
        """
        owner_uid, name = owner_and_name(id_)
        use = await self._use(owner_uid, name)
        if use is None or use.owner_uid != owner_uid:
            return
        client = await self._gateway.client(owner_uid)
        held = await self._gateway.read(lambda: buckets.contents(client, name))
        if not held.is_empty:
            raise Refused(
                f"deleting the bucket {name} of {owner_uid}: it holds at least {held.version_count} object versions "
                f"and {held.upload_count} unfinished uploads; hand over or discard them as the document says"
            )
        await self._gateway.write("delete:Bucket", lambda: buckets.delete(client, name))

    async def _use(self, owner_uid: str, name: str) -> BucketUse | None:
        return await self._gateway.read(lambda: self._gateway.admin.bucket(owner_uid, name))

    async def _exists(self, client: "S3Client", key: str, owner_uid: str, name: str) -> bool:
        """Whether the bucket is there and ours.

        Raises:
            Refused: It is there and not ours.
        """
        use = await self._use(owner_uid, name)
        if use is None:
            return False
        making = f"making the bucket {name} of {owner_uid}"
        if use.owner_uid != owner_uid:
            raise Refused(f"{making}: {use.owner_uid} has this name in the unit's namespace; file another name")
        if bucket_id(owner_uid, name) in self._gateway.operation.known_ids:
            raise Refused(f"{making}: the state already has it under another name; use that one")
        settings = await self._gateway.read(lambda: buckets.observe(client, name)) or Settings()
        tagged = settings.tags.get(KEY_TAG)
        if tagged not in {None, key}:
            raise Refused(f"{making}: there is one with the key {tagged}, which is another resource's; remove it first")
        if tagged is None and not (await self._gateway.read(lambda: buckets.contents(client, name))).is_empty:
            raise Refused(
                f"{making}: there is one with data and without a key; if it is this one, tag it {KEY_TAG}={key}"
            )
        return True

    async def _look(self, id_: str) -> _Bucket | None:
        owner_uid, name = owner_and_name(id_)
        use = await self._use(owner_uid, name)
        if use is None or use.owner_uid != owner_uid:
            return None
        client = await self._gateway.client(owner_uid)
        settings = await self._gateway.read(lambda: buckets.observe(client, name))
        return None if settings is None else _Bucket(settings, use.limit)

    async def _converge(
        self, id_: str, key: str, inputs: Inputs, verb: str, *, encryption_ends: bool = False
    ) -> Inputs:
        """The outputs after writing what differs and looking whether it holds: a store may say yes and do nothing."""
        wanted = _Bucket(_wanted(key, inputs), limit_of_gib(inputs["quota_gib"]))
        found = await self._require(id_)
        steps = _differences(found, wanted if encryption_ends else _bearing(found, wanted))
        if not steps:
            return _outputs(found.settings)
        for step in steps:
            await self._write(id_, f"{verb}:Bucket:{step}", step, found, wanted)
        now = await self._require(id_)
        if left := _differences(now, _bearing(now, wanted)):
            raise Incomplete(id_, f"the store took {', '.join(left)} of {id_} and shows otherwise: look at its log")
        return _outputs(now.settings)

    async def _require(self, id_: str) -> _Bucket:
        found = await self._look(id_)
        if found is None:
            raise Refused(f"changing the bucket {id_}: it is gone from the gateway; refresh, then it is made again")
        return found

    async def _write(self, id_: str, name_of_step: str, step: str, found: _Bucket, wanted: _Bucket) -> None:
        owner_uid, name = owner_and_name(id_)
        if step == _LIMIT:
            set_limit = self._gateway.admin.set_bucket_limit
            await self._gateway.write(name_of_step, lambda: set_limit(owner_uid, name, wanted.limit))
            return
        client, aspect = await self._gateway.client(owner_uid), buckets.Aspect(step)
        await self._gateway.write(
            name_of_step, lambda: buckets.write(client, name, aspect, found.settings, wanted.settings)
        )


def _differences(found: _Bucket, wanted: _Bucket) -> tuple[str, ...]:
    """The parts to write; tags first, since they make the bucket ours, then the limit."""
    parts = [str(aspect) for aspect in buckets.differences(found.settings, wanted.settings)]
    limit = [_LIMIT] if found.limit != wanted.limit else []
    tags = [part for part in parts if part == buckets.Aspect.TAGS]
    return (*tags, *limit, *(part for part in parts if part not in tags))


def _bearing(found: _Bucket, wanted: _Bucket) -> _Bucket:
    return replace(wanted, settings=buckets.bearing(found.settings, wanted.settings))


def _wanted(key: str, inputs: Inputs) -> Settings:
    return Settings(
        tags={KEY_TAG: key, **inputs["labels"]},
        versioning=inputs["versioning"],
        expiry=Expiry(inputs.get("expire_days")),
        encryption=inputs.get("encryption"),
        readers=tuple(sorted(gateway_uid(uid) for uid in inputs.get("readers", ()))),
    )


def _shown(settings: Settings, key: str, inputs: Inputs) -> Mapping[str, Any]:
    """The settings as inputs; those beyond the known ones are what somebody did by hand."""
    words = {gateway_uid(uid): uid for uid in inputs.get("readers", ())}
    # a store that encrypts though no document asks does more than was approved, and nobody's hand did it
    by_itself = settings.encryption == AES256 and not inputs.get("encryption")
    labels = {name: settings.tags[name] for name in LABELS if name in settings.tags}
    tagged = settings.tags.get(KEY_TAG, "")
    by_hand = {
        "other_lifecycle_rules": list(settings.expiry.other_rules) or None,
        "public_access": "open" if settings.public_blocked is False else None,
        "expire_days": settings.expiry.days,
        "encryption": None if by_itself else settings.encryption,
        "readers": sorted(words.get(uid, uid) for uid in settings.readers or ()) or None,
        "other_policy": settings.policy_sha256 if settings.readers is None else None,
    }
    return {
        "versioning": settings.versioning,
        "labels": labels if tagged == key else {**labels, KEY_TAG: tagged},
        **{name: value for name, value in by_hand.items() if value is not None},
    }


def _outputs(settings: Settings) -> Inputs:
    return {
        "public_access_blocked": bool(settings.public_blocked),
        "policy_sha256": settings.policy_sha256,
    }
