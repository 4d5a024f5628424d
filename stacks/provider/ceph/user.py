"""`govcloud:ceph:User`: who owns the buckets of a stack on a Ceph gateway, with the limit over all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from stacks.provider.ceph import account
from stacks.provider.ceph.gateway import Gateway
from stacks.provider.ceph.limits import Limit, limit_of_gib
from stacks.provider.ceph.naming import gateway_uid
from stacks.provider.ceph.store_error import ObjectStoreError
from stacks.provider.resource_type import Created, Found, Inputs, Problem, Refused, ResourceType
from stacks.provider.values import UNKNOWN

_UNLIMITED: Final = -1


@dataclass(frozen=True, slots=True)
class _Wish:
    display_name: str
    max_buckets: int
    limit: Limit


class User(ResourceType):
    """A user of the gateway. Its uid is its natural key, so a lost answer cannot double it.

    Who has the uid is ours if the display name, which stands in the same call that makes the user, is what we would
    give it. Keys are handed over once the limits stand, and again when a run that was killed is taken up. A higher
    `key_serial` makes a new key, for one that was lost or seen; the old ones end once it is handed over.
    """

    token = "govcloud:ceph:User"  # noqa: S105 - the name of a resource type, no secret
    required = frozenset({"uid", "display_name", "quota_gib", "max_buckets"})
    optional = frozenset({"key_serial"})
    replaces = frozenset({"uid"})

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def problems(self, inputs: Inputs) -> Sequence[Problem]:
        """A uid outside all tenants, and figures below zero."""
        found = [
            Problem(name, "is below zero")
            for name in ("quota_gib", "max_buckets")
            if inputs[name] is not UNKNOWN and inputs[name] < 0
        ]
        if inputs["uid"] is not UNKNOWN and "$" not in inputs["uid"]:
            found.append(Problem("uid", "has no tenant: write `<unit>$<system>-<zone>`"))
        return found

    async def create(self, _key: str, inputs: Inputs) -> Created:
        """The user, made or taken over."""
        uid, wish = gateway_uid(inputs["uid"]), _wish_of(inputs)
        user = await self._make(uid, wish) or await self._adopt(uid, wish)
        # limits first, then keys: nobody can write a byte before the limit holds
        await self._converge(user, wish, "create")
        keys = user.keys[0] if user.keys else await self._new_keys(uid)
        await self._gateway.hand_over(uid, keys)
        return Created(uid, _outputs(user))

    async def read(self, id_: str, _key: str, inputs: Inputs) -> Found | None:
        """The user as it is now."""
        user = await self._user(id_)
        if user is None:
            return None
        given = inputs.get("uid", "")
        shown: Inputs = {
            "uid": given if gateway_uid(given) == id_ else id_,
            "display_name": user.display_name,
            "quota_gib": _UNLIMITED if user.limit.size_gib is None else user.limit.size_gib,
            "max_buckets": _UNLIMITED if user.max_buckets is None else user.max_buckets,
            # which key it is can be seen by nobody: the number of the last one that was handed over holds
            **{name: inputs[name] for name in self.optional if name in inputs},
        }
        return Found(id_, shown, _outputs(user))

    async def update(self, id_: str, _key: str, old: Inputs, new: Inputs) -> Inputs:
        """The outputs once name, limit, number of buckets and key are as wished."""
        user = await self._user(id_)
        if user is None:
            raise Refused(f"changing the user {id_}: it is gone from the gateway; refresh, then it is made again")
        await self._converge(user, _wish_of(new), "update")
        if _serial(new) > _serial(old):
            await self._renew(user)
        return _outputs(user)

    async def _renew(self, user: account.User) -> None:
        """One new key, handed over before the others end: a run that was killed in between makes one more."""
        made = await self._new_keys(user.uid)
        await self._gateway.hand_over(user.uid, made)
        for old in user.keys:
            remove = partial(self._gateway.admin.remove_keys, user.uid, old.access_key)
            await self._gateway.write("update:User:old-key", remove)
        self._gateway.changed_keys(user.uid)

    async def delete(self, id_: str, _inputs: Inputs) -> None:
        """Nothing; the user is gone. One that still has buckets stays: they would be lost with it."""
        held = await self._gateway.read(lambda: self._gateway.admin.buckets(id_))
        if held:
            names = ", ".join(sorted(bucket.name for bucket in held)[:5])
            raise Refused(f"removing the user {id_}: it still owns {len(held)} buckets ({names}); delete these first")
        await self._gateway.write("delete:User", lambda: self._gateway.admin.remove_user(id_))
        await self._gateway.forget(id_)

    async def _user(self, uid: str) -> account.User | None:
        return await self._gateway.read(lambda: self._gateway.admin.user(uid))

    async def _make(self, uid: str, wish: _Wish) -> account.User | None:
        """The new user; None when there is one of this uid."""
        make = self._gateway.admin.create_user
        try:
            return await self._gateway.write("create:User", lambda: make(uid, wish.display_name, wish.max_buckets))
        except ObjectStoreError as error:
            if error.code in {"UserAlreadyExists", "UserExists"}:
                return None
            raise

    async def _adopt(self, uid: str, wish: _Wish) -> account.User:
        user = await self._user(uid)
        if user is None:
            raise Refused(f"making the user {uid}: it was there and is gone again; run `broker reconcile` once more")
        if uid in self._gateway.operation.known_ids:
            raise Refused(f"making the user {uid}: the state already has it under another name; use that one")
        if user.display_name != wish.display_name:
            raise Refused(
                f"making the user {uid}: one of this uid is called {user.display_name!r} and not "
                f"{wish.display_name!r}, so it is not this stack's; rename or remove it on the gateway"
            )
        self._gateway.adopted.append(uid)
        return user

    async def _new_keys(self, uid: str) -> account.Keys:
        return await self._gateway.write("create:User:keys", lambda: self._gateway.admin.create_keys(uid))

    async def _converge(self, user: account.User, wish: _Wish, verb: str) -> None:
        """Write what differs, and look whether it holds."""
        if _wish_from(user) == wish:
            return
        admin = self._gateway.admin
        if user.limit != wish.limit:
            await self._gateway.write(f"{verb}:User:limit", lambda: admin.set_user_limit(user.uid, wish.limit))
        if (user.display_name, user.max_buckets) != (wish.display_name, wish.max_buckets):
            await self._gateway.write(
                f"{verb}:User:name", lambda: admin.modify_user(user.uid, wish.display_name, wish.max_buckets)
            )
        if (now := await self._user(user.uid)) is None or _wish_from(now) != wish:
            # not `Incomplete`: what the state holds is never handed over again, what it does not hold is taken up
            raise Refused(f"limiting the user {user.uid}: the gateway said yes and shows other limits; see its log")


def _serial(inputs: Inputs) -> int:
    return int(inputs.get("key_serial", 1))


def _wish_of(inputs: Inputs) -> _Wish:
    return _Wish(inputs["display_name"], inputs["max_buckets"], limit_of_gib(inputs["quota_gib"]))


def _wish_from(user: account.User) -> _Wish:
    return _Wish(user.display_name, _UNLIMITED if user.max_buckets is None else user.max_buckets, user.limit)


def _outputs(user: account.User) -> Inputs:
    return {"suspended": user.suspended}
