"""Client of the Ceph gateway's admin API: users, keys, limits, use of buckets, traffic.

Source: docs.ceph.com "RGW Admin Ops API"; behaviour as measured on 16.2. Blocking; safe to share between threads.
"""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, HTTPClientError
from botocore.httpsession import URLLib3Session

from stacks.provider.again import Heard
from stacks.provider.ceph.account import (
    BucketUse,
    Keys,
    Traffic,
    User,
    bucket_use_from,
    keys_from,
    traffic_from,
    user_from,
)
from stacks.provider.ceph.client import ADMIN, Watch, unwatched
from stacks.provider.ceph.limits import Limit, max_buckets_sent
from stacks.provider.ceph.naming import tenant_of
from stacks.provider.ceph.store_error import UNREACHABLE, ObjectStoreError, StorePutOff
from stacks.provider.cloud_error import StillPutOff
from stacks.provider.line import Caller
from stacks.provider.operation import ObjectStore
from stacks.provider.trying import Door

_TIMEOUT_S: Final = 60
_FIRST_ERROR: Final = 300
_UNRESERVED: Final = "-_.~"
Parameters = Mapping[str, str | int | None]
"""Query parameters by name; None for one without a value, as `quota` in `PUT /admin/user?quota&uid=`."""


def query_of(parameters: Parameters) -> str:
    """The query string; all but RFC 3986's unreserved characters are escaped, or the signature would differ."""
    return "&".join(
        name if value is None else f"{name}={quote(str(value), safe=_UNRESERVED)}" for name, value in parameters.items()
    )


def signed(store: ObjectStore, method: str, path: str, parameters: Parameters) -> AWSPreparedRequest:
    """The request with its AWS Signature Version 4 for the service `s3` (the gateway knows no other)."""
    url = f"{store.endpoint.rstrip('/')}/admin/{path}?{query_of(parameters)}"
    request = AWSRequest(method, url, headers={}, data=b"")
    S3SigV4Auth(Credentials(store.access_key, store.secret_key), "s3", store.region).add_auth(request)
    return request.prepare()


class Admin:
    """The admin side of one gateway. What it puts off is sent again; else who asks decides whether to ask again."""

    def __init__(self, store: ObjectStore, watch: Watch = unwatched, caller: Caller | None = None) -> None:
        self._store = store
        self._watch = watch
        self._door = Door(store.budget, store.cloud, caller or Caller())
        self._http = URLLib3Session(timeout=_TIMEOUT_S, max_pool_connections=32)

    def close(self) -> None:
        """Give back the connections."""
        self._http.close()

    def create_user(self, uid: str, display_name: str, max_buckets: int) -> User:
        """The new user with one key pair, which the gateway makes: a secret in a query would stand in access logs.

        Raises:
            ObjectStoreError: UserAlreadyExists (409) when there is one of this uid.
        """
        return user_from(
            self._ask(
                "PUT",
                "user",
                {
                    "uid": uid,
                    "display-name": display_name,
                    "max-buckets": max_buckets_sent(max_buckets),
                    "key-type": "s3",
                    "generate-key": "True",
                },
                f"making the user {uid}",
                makes=True,
            )
        )

    def user(self, uid: str) -> User | None:
        """The user; None when there is none of this uid."""
        try:
            return user_from(self._ask("GET", "user", {"uid": uid}, f"reading the user {uid}"))
        except ObjectStoreError as error:
            if error.code == "NoSuchUser":
                return None
            raise

    def modify_user(self, uid: str, display_name: str, max_buckets: int) -> None:
        """Change name and number of buckets; keys, limits and suspension stay."""
        parameters: Parameters = {
            "uid": uid,
            "display-name": display_name,
            "max-buckets": max_buckets_sent(max_buckets),
            # without it the gateway would add a key pair at each change
            "generate-key": "False",
        }
        self._ask("POST", "user", parameters, f"changing the user {uid}")

    def suspend_user(self, uid: str, *, suspended: bool) -> None:
        """Let all keys of the user be refused (UserSuspended), or accepted again; data stay."""
        parameters: Parameters = {"uid": uid, "suspended": str(suspended), "generate-key": "False"}
        self._ask("POST", "user", parameters, f"suspending or resuming the user {uid}")

    def remove_user(self, uid: str) -> None:
        """Remove the user; one that is gone already is no error, one with buckets is refused by the gateway (409)."""
        try:
            self._ask("DELETE", "user", {"uid": uid, "purge-data": "False"}, f"removing the user {uid}")
        except ObjectStoreError as error:
            if error.code != "NoSuchUser":
                raise

    def create_keys(self, uid: str) -> Keys:
        """A further key pair of the user; the others stay, so that a unit can change over."""
        known = self.user(uid)
        before = {keys.access_key for keys in known.keys} if known else set()
        parameters: Parameters = {"key": None, "uid": uid, "key-type": "s3", "generate-key": "True"}
        answer = self._ask("PUT", "user", parameters, f"making a key for {uid}", makes=True)
        return next(keys for keys in map(keys_from, answer) if keys.access_key not in before)

    def remove_keys(self, uid: str, access_key: str) -> None:
        """Remove one key pair; one that is gone already is no error."""
        parameters: Parameters = {"key": None, "uid": uid, "key-type": "s3", "access-key": access_key}
        try:
            self._ask("DELETE", "user", parameters, f"removing a key of {uid}")
        except ObjectStoreError as error:
            if error.code not in {"InvalidAccessKeyId", "NoSuchKey", "NoSuchUser"}:
                raise

    def set_user_limit(self, uid: str, limit: Limit) -> None:
        """Limit all buckets of the user together; the same limit again changes nothing."""
        parameters: Parameters = {"quota": None, "uid": uid, "quota-type": "user", **_limit_parameters(limit)}
        self._ask("PUT", "user", parameters, f"limiting the user {uid}")

    def set_bucket_limit(self, uid: str, bucket: str, limit: Limit) -> None:
        """Limit one bucket; the same limit again changes nothing."""
        parameters: Parameters = {"quota": None, "uid": uid, "bucket": bucket, **_limit_parameters(limit)}
        self._ask("PUT", "bucket", parameters, f"limiting the bucket {bucket} of {uid}")

    def bucket(self, owner_uid: str, name: str) -> BucketUse | None:
        """The bucket of this name in the owner's tenant, whoever owns it; None when there is none."""
        tenant = tenant_of(owner_uid)
        parameters: Parameters = {"bucket": f"{tenant}/{name}" if tenant else name, "stats": "True"}
        try:
            return bucket_use_from(self._ask("GET", "bucket", parameters, f"reading the bucket {name} of {owner_uid}"))
        except ObjectStoreError as error:
            if error.code == "NoSuchBucket":
                return None
            raise

    def buckets(self, owner_uid: str | None = None) -> tuple[BucketUse, ...]:
        """All buckets of the gateway, or of one user, with their use: one call, however many there are.

        An unknown user has none.
        """
        parameters: Parameters = {"stats": "True"} if owner_uid is None else {"uid": owner_uid, "stats": "True"}
        try:
            answer = self._ask("GET", "bucket", parameters, f"listing the buckets of {owner_uid or 'all users'}")
        except ObjectStoreError as error:
            if error.code == "NoSuchUser":
                return ()
            raise
        return tuple(bucket_use_from(each) for each in answer)

    def traffic(self, uid: str | None = None, *, start: str | None = None, end: str | None = None) -> list[Traffic]:
        """Requests and bytes per hour, bucket and category; `start` and `end` are `YYYY-MM-DD HH:MM:SS` in UTC."""
        given = {"uid": uid, "start": start, "end": end}
        parameters: Parameters = {
            **{name: value for name, value in given.items() if value is not None},
            "show-entries": "True",
            "show-summary": "False",
        }
        return list(traffic_from(self._ask("GET", "usage", parameters, f"reading the traffic of {uid or 'all users'}")))

    def _ask(self, method: str, path: str, parameters: Parameters, asked: str, *, makes: bool = False) -> Any:
        """The answer; what `makes` something new each time is not sent again where it may have been done."""
        store = self._store
        trying = self._door.trying(ADMIN, "POST" if makes else method, partial(self._watch, method))
        while True:
            try:
                with trying.turn:
                    answer = self._http.send(signed(store, method, path, parameters))
            except StillPutOff as error:
                raise StorePutOff("", error, asked) from None
            except (BotoCoreError, HTTPClientError) as error:
                raise ObjectStoreError(UNREACHABLE, 0, f"{asked} at {store.endpoint}") from error
            body = _body(answer.content)
            code = str(body.get("Code") or "") if isinstance(body, dict) else ""
            try:
                if trying.again(Heard(answer.status_code, answer.headers, code)):
                    continue
            except StillPutOff as error:
                raise StorePutOff(code, error, asked) from None
            if answer.status_code >= _FIRST_ERROR:
                raise ObjectStoreError(code or str(answer.status_code), answer.status_code, asked)
            return body


def _limit_parameters(limit: Limit) -> Parameters:
    enabled = "false" if limit.size_bytes is None else "true"
    return {"max-size-kb": limit.size_kib, "max-objects": -1, "enabled": enabled}


def _body(content: bytes) -> Any:
    try:
        return json.loads(content) if content else {}
    except ValueError:
        return {}
