"""Emptying a bucket on a Swift: many objects with a call where it has one, and by themselves where it has not."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from broker.backup.swift import SwiftStore
from broker.errors import CloudError
from stacks.provider.budget import Budget
from stacks.provider.trying import Door
from tests.fixtures.busy_cloud import CLOUD, BusyCloud, Reply, busy_cloud

pytestmark = [  # openstacksdk warns of its own calls
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]
ACCOUNT = "/swift/v1/AUTH_p"
KEYS = ["a", "照片/一 月.jpg", "a//b"]


class Bucket:
    """A bucket with objects on a Swift that answers as told."""

    def __init__(self, cloud: BusyCloud, store: SwiftStore) -> None:
        self.cloud, self.store = cloud, store
        self.holds(*({"name": key} for key in KEYS))

    def holds(self, *objects: Any) -> None:
        self.cloud.reply("GET", f"{ACCOUNT}/forms", answer(list(objects)))

    def takes_many(self, at_once: int, *answers: Any) -> None:
        self.cloud.reply("GET", "/swift/info", answer({"bulk_delete": {"max_deletes_per_request": at_once}}))
        self.cloud.reply("POST", ACCOUNT, *(answer(told) for told in answers))

    def emptied(self) -> list[str]:
        return [name for went in self.store.empty("forms") for name in went]

    def asked(self, method: str) -> list[str]:
        return [path for sent, path in self.cloud.asked if sent == method]


def answer(body: Any) -> Reply:
    return Reply(200, {"Content-Type": "application/json"}, json.dumps(body).encode())


def told(deleted: int, missing: int = 0, *errors: tuple[str, str]) -> Any:
    """As Swift 2.38 answers `?bulk-delete`."""
    return {
        "Number Deleted": deleted,
        "Number Not Found": missing,
        "Errors": errors,
        "Response Status": "400 Bad Request" if errors else "200 OK",
        "Response Body": "",
    }


@pytest.fixture
def bucket(tmp_path: Path) -> Iterator[Bucket]:
    with busy_cloud() as cloud, cloud.connection(Door(Budget(), CLOUD), tmp_path) as connection:
        yield Bucket(cloud, SwiftStore(connection, "p", lambda: None))


def test_many_go_with_a_call_and_each_is_named_as_its_address_has_it(bucket: Bucket) -> None:
    bucket.takes_many(1000, told(2, 1))
    assert bucket.emptied() == KEYS
    assert (bucket.asked("POST").count(ACCOUNT), bucket.asked("DELETE")) == (1, [])
    body = next(body for body in bucket.cloud.bodies if body.startswith(b"/forms"))
    assert body == b"/forms/a\n/forms/%E7%85%A7%E7%89%87/%E4%B8%80%20%E6%9C%88.jpg\n/forms/a//b"


def test_no_call_names_more_than_this_swift_takes(bucket: Bucket) -> None:
    bucket.takes_many(2, told(2), told(1))
    assert bucket.emptied() == KEYS
    assert bucket.asked("POST").count(ACCOUNT) == 2


def test_what_a_call_did_not_remove_is_asked_for_by_itself_and_told_where_it_is_refused(bucket: Bucket) -> None:
    bucket.takes_many(1000, told(2, 0, ("/forms/a//b", "409 Conflict")))
    bucket.cloud.reply("DELETE", f"{ACCOUNT}/forms/a//b", Reply(409, body=b"it is locked"))
    emptying = bucket.store.empty("forms")
    assert next(emptying) == ("a", "照片/一 月.jpg")
    with pytest.raises(CloudError, match="emptying the bucket forms: the cloud answered 409: it is locked"):
        next(emptying)


def test_what_cephs_gateway_kept_is_known_by_its_plain_name(bucket: Bucket) -> None:
    bucket.takes_many(1000, told(2, 0, ("forms/照片/一 月.jpg", "409 Conflict")))
    bucket.cloud.reply(
        "DELETE", f"{ACCOUNT}/forms/%E7%85%A7%E7%89%87/%E4%B8%80%20%E6%9C%88.jpg", Reply(409, body=b"held")
    )
    emptying = bucket.store.empty("forms")
    assert next(emptying) == ("a", "a//b")
    with pytest.raises(CloudError, match="the cloud answered 409: held"):
        next(emptying)


@pytest.mark.parametrize("info", [Reply(200, body=b"<html>"), answer([]), answer({"bulk_delete": True}), Reply(404)])
def test_a_store_that_does_not_say_what_it_can_is_asked_for_one_after_the_other(bucket: Bucket, info: Reply) -> None:
    bucket.cloud.reply("GET", "/swift/info", info)
    assert bucket.emptied() == KEYS
    assert len(bucket.asked("DELETE")) == 3


def test_a_download_that_breaks_off_is_told_as_the_clouds_fault(bucket: Bucket) -> None:
    bucket.cloud.reply("GET", f"{ACCOUNT}/forms/a", Reply(200, {"Content-Length": "9", "Connection": "close"}, b"half"))
    with pytest.raises(CloudError, match="reading a of the bucket forms: it broke off"):
        list(bucket.store.read("forms", "a"))


@pytest.mark.parametrize(
    "unclear", [{}, [], told(0), told(1, 0, ("/forms/a", "503 Service Unavailable")), told(2, 0, ("/logs/a", "404"))]
)
def test_an_answer_that_leaves_open_what_went_counts_nothing(bucket: Bucket, unclear: Any) -> None:
    bucket.takes_many(1000, unclear)
    assert bucket.emptied() == KEYS
    assert len(bucket.asked("DELETE")) == 3


def test_a_swift_without_such_a_call_is_asked_once_whether_it_has_it(bucket: Bucket) -> None:
    assert bucket.emptied() == KEYS
    bucket.holds({"name": "c"}, {"name": "d"})
    assert bucket.emptied() == ["c", "d"]
    assert bucket.asked("GET").count("/swift/info") == 1
    assert (bucket.asked("POST").count(ACCOUNT), len(bucket.asked("DELETE"))) == (0, 5)


def test_versions_and_names_that_are_too_long_for_a_line_go_by_themselves(bucket: Bucket) -> None:
    bucket.takes_many(1000)
    bucket.holds(
        {"name": "a", "version_id": "1"}, {"name": "a", "version_id": "2"}, {"name": "b", "version_id": "null"}
    )
    assert bucket.emptied() == ["a version 1", "a version 2", "b"]
    bucket.holds({"name": "长" * 200}, {"name": "c"})
    assert bucket.emptied() == ["长" * 200, "c"]
    assert bucket.asked("POST").count(ACCOUNT) == 0
