import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from stacks.provider.ceph.store_error import UNREACHABLE, ObjectStoreError, asking
from stacks.provider.resource_type import Refused


def client_error(code: str, status: int) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "PutObject")  # type: ignore[typeddict-item]  # boto fills the rest


def test_an_error_says_what_was_asked_the_code_and_the_cure() -> None:
    with pytest.raises(ObjectStoreError) as caught, asking("making the bucket docs"):
        raise client_error("TooManyBuckets", 400)
    assert str(caught.value) == (
        "making the bucket docs: the object store answered TooManyBuckets (400); "
        "raise the number of buckets of the user first"
    )


def test_it_is_a_refusal_for_the_provider() -> None:
    assert issubclass(ObjectStoreError, Refused)


def test_no_answer_has_a_code_of_its_own_and_is_worth_asking_again() -> None:
    with pytest.raises(ObjectStoreError) as caught, asking("making the bucket docs"):
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")
    assert (caught.value.code, caught.value.status, caught.value.is_transient) == (UNREACHABLE, 0, True)


@pytest.mark.parametrize(
    ("code", "status", "is_unsupported"),
    [("NotImplemented", 501, True), ("MethodNotAllowed", 405, True), ("odd", 501, True), ("AccessDenied", 403, False)],
)
def test_what_a_store_cannot_do_is_told_apart(code: str, status: int, *, is_unsupported: bool) -> None:
    assert ObjectStoreError(code, status, "trying").is_unsupported is is_unsupported


def test_a_refusal_is_not_asked_again() -> None:
    assert not ObjectStoreError("AccessDenied", 403, "trying").is_transient
