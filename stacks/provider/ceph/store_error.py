"""What an object store refused, with its code and what cures it; never with a key or a body that may hold one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from stacks.provider.budget import LATER
from stacks.provider.cloud_error import StillPutOff
from stacks.provider.resource_type import Refused

UNREACHABLE: Final = "Unreachable"
_TRANSIENT: Final = frozenset({UNREACHABLE, "InternalError", "ServiceUnavailable", "RequestTimeout"})
_UNSUPPORTED: Final = frozenset({"NotImplemented", "MethodNotAllowed", "XNotImplemented"})
_UNSUPPORTED_STATUSES: Final = frozenset({405, 501})

_CURES: Final = {
    UNREACHABLE: "see that the gateway runs at this endpoint and that the broker reaches it",
    "AccessDenied": "give the account the rights (caps users, buckets, usage) or its present key",
    "InvalidAccessKeyId": "put the account's present key into the object-store credentials",
    "SignatureDoesNotMatch": "put the account's present secret key into the object-store credentials",
    "RequestTimeTooSkewed": "set the clocks of the broker's machine and of the gateway right",
    "BucketAlreadyExists": "another account has this name in the unit's namespace: file another name",
    "BucketNotEmpty": "empty the bucket first, as the document on its data says",
    "InvalidBucketName": "file a name of 3 to 63 lower-case letters, digits and hyphens",
    "InvalidTenantName": "the unit's id may hold letters, digits and hyphens only",
    "NoSuchUser": "run `broker reconcile`: it makes the user again",
    "NoSuchBucket": "run `broker reconcile`: it makes the bucket again",
    "QuotaExceeded": "remove objects or file a larger size",
    "TooManyBuckets": "raise the number of buckets of the user first",
    "UserSuspended": "lift the suspension of the user first",
}
_NO_CURE: Final = "look the code up in the gateway's log under this request"


class ObjectStoreError(Refused):
    """An object store did not do what it was asked; `code` is its own, `status` the HTTP status (0: no answer)."""

    def __init__(self, code: str, status: int, asked: str, cure: str = "") -> None:
        self.code = code
        self.status = status
        self.asked = asked
        self.cure = cure or _CURES.get(code, _NO_CURE)
        super().__init__(f"{asked}: the object store answered {code} ({status}); {self.cure}")

    @property
    def is_transient(self) -> bool:
        """Whether the same question may well be answered a moment later."""
        return self.code in _TRANSIENT

    @property
    def is_unsupported(self) -> bool:
        """Whether this store does not have the function at all."""
        return self.code in _UNSUPPORTED or self.status in _UNSUPPORTED_STATUSES


class StorePutOff(ObjectStoreError):
    """An object store wants a call later than is waited for it; not asked again."""

    def __init__(self, code: str, still: StillPutOff, asked: str) -> None:
        super().__init__(code or str(still.status), still.status, asked, LATER)
        self.args = (f"{asked} ({self.code}): {still}",)  # which ends with the cure

    @property
    def is_transient(self) -> bool:
        """No: it was asked again for long enough."""
        return False


@contextmanager
def asking(asked: str) -> Iterator[None]:
    """Turn an error of boto3 inside the block into an ObjectStoreError that says what was asked."""
    try:
        yield
    except ClientError as error:
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        code = error.response.get("Error", {}).get("Code") or str(status)
        raise ObjectStoreError(code, status, asked) from None
    except StillPutOff as error:
        raise StorePutOff("", error, asked) from None
    except BotoCoreError as error:
        raise ObjectStoreError(UNREACHABLE, 0, f"{asked} ({type(error).__name__})") from None
