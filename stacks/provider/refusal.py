"""What the engine is told when something did not work: a clean code, one sentence, no secret."""

from dataclasses import dataclass
from typing import Final

import grpc

from stacks.provider.ceph.store_error import ObjectStoreError
from stacks.provider.cloud_error import CloudError, Interrupted
from stacks.provider.operation import Fenced
from stacks.provider.resource_type import Refused

_CODE: Final = grpc.StatusCode
_SERVER_ERRORS: Final = 500
_NOT_ALLOWED: Final = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class Refusal:
    """A gRPC status. UNKNOWN, INTERNAL and DATA_LOSS would mean that the state may be wrong: only for surprises."""

    code: grpc.StatusCode
    message: str


def refusal_of(error: BaseException, name: str) -> Refusal:
    """The status for an error about the resource `name`."""
    return Refusal(_code(error), f"{name}: {error}" if str(error) else f"{name}: {type(error).__name__}")


def _code(error: BaseException) -> grpc.StatusCode:
    match error:
        case ObjectStoreError():
            return _code_of_status(error.status)
        case Refused():
            return _CODE.FAILED_PRECONDITION
        case Fenced() | Interrupted():
            return _CODE.ABORTED
        case CloudError():
            return _CODE.RESOURCE_EXHAUSTED if error.over_quota else _code_of_status(error.status)
        case TimeoutError():
            return _CODE.DEADLINE_EXCEEDED
        case _:
            return _CODE.INTERNAL


def _code_of_status(status: int) -> grpc.StatusCode:
    if status == 0 or status >= _SERVER_ERRORS:
        return _CODE.UNAVAILABLE
    return _CODE.PERMISSION_DENIED if status in _NOT_ALLOWED else _CODE.FAILED_PRECONDITION
