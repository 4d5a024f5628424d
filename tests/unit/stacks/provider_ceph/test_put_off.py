"""A gateway that says "not so fast", on its S3 and its admin side, over real HTTP and a clock that waits for nobody."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from stacks.provider.budget import Budget
from stacks.provider.ceph import buckets
from stacks.provider.ceph.account import Keys
from stacks.provider.ceph.admin import Admin
from stacks.provider.ceph.client import ADMIN, S3, s3_client
from stacks.provider.ceph.store_error import ObjectStoreError, asking
from stacks.provider.limits import Limits
from stacks.provider.line import Caller
from stacks.provider.trying import Door
from tests.fixtures.busy_cloud import CLOUD, BusyCloud, Clock, Reply, busy_cloud

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

SLOW_DOWN = b"<Error><Code>SlowDown</Code></Error>"
USER = json.dumps(
    {
        "tenant": "u",
        "user_id": "s",
        "display_name": "s",
        "max_buckets": 1,
        "suspended": 0,
        "keys": [],
        "user_quota": {"enabled": False, "max_size": -1, "max_objects": -1},
    }
).encode()


class Desk:
    """Both sides of the gateway behind one budget."""

    def __init__(self, cloud: BusyCloud) -> None:
        self.cloud, self.clock = cloud, Clock()
        self.watched: list[str] = []
        self.budget = self.clock.budget(Limits(patience_s=100))
        self.admin = Admin(cloud.store(self.budget), self.watched.append)
        self.client = client(cloud, self.budget, self.watched)


def client(cloud: BusyCloud, budget: Budget, watched: list[str]) -> "S3Client":
    return s3_client(cloud.url, "r", Keys("access", "secret"), watched.append, Door(budget, CLOUD, Caller()))


@pytest.fixture
def desk() -> Iterator[Desk]:
    with busy_cloud() as cloud:
        made = Desk(cloud)
        yield made
        made.admin.close()
        made.client.close()


def test_a_bucket_that_is_put_off_is_made_once_signed_anew_and_watched_anew(desk: Desk) -> None:
    desk.cloud.reply("PUT", "/docs", Reply(503, body=SLOW_DOWN), Reply(429, {"Retry-After": "9"}))
    buckets.create(desk.client, "docs")
    assert desk.cloud.times("PUT", "/docs") == 3
    assert desk.watched == ["PUT"] * 3
    unnamed_s, named_s = desk.clock.waits_s
    assert 0.5 <= unnamed_s <= 0.625
    assert 9 <= named_s <= 11.25
    tally = desk.budget.tallies()[CLOUD, S3]
    assert (tally.calls, tally.put_off) == (3, 2)


def test_removals_of_many_go_out_again_with_the_checksum_that_every_gateway_knows(desk: Desk) -> None:
    sums: list[bytes] = []
    events: Any = desk.client.meta.events
    events.register_first("before-send.s3", lambda request, **_: sums.append(request.headers["Content-MD5"]))
    gone = b"<DeleteResult><Deleted><Key>a</Key></Deleted></DeleteResult>"
    desk.cloud.reply("POST", "/docs", Reply(503, {"Retry-After": "9"}), Reply(200, body=gone))
    answer = desk.client.delete_objects(Bucket="docs", Delete={"Objects": [{"Key": "a"}]})
    assert [each["Key"] for each in answer["Deleted"]] == ["a"]
    first, second = desk.cloud.bodies
    assert first == second
    assert sums == [base64.b64encode(hashlib.md5(first, usedforsecurity=False).digest())] * 2
    assert desk.watched == ["POST", "POST"]


def test_an_object_goes_out_whole_again(desk: Desk) -> None:
    desk.cloud.reply("PUT", "/docs/a", Reply(429, {"Retry-After": "1"}))
    desk.client.put_object(Bucket="docs", Key="a", Body=b"content")
    assert desk.cloud.bodies == [b"content", b"content"]


def test_a_user_that_is_put_off_is_made_once(desk: Desk) -> None:
    desk.cloud.reply("PUT", "/admin/user", Reply(503, body=b'{"Code": "SlowDown"}'), Reply(429), Reply(200, body=USER))
    assert desk.admin.create_user("u$s", "s", 1).uid == "u$s"
    assert desk.cloud.times("PUT", "/admin/user") == 3
    assert desk.watched == ["PUT"] * 3
    assert desk.budget.tallies()[CLOUD, ADMIN].put_off == 2


def test_a_key_whose_answer_a_proxy_may_have_lost_is_not_made_a_second_time(desk: Desk) -> None:
    desk.cloud.reply("GET", "/admin/user", Reply(200, body=USER))
    desk.cloud.reply("PUT", "/admin/user", Reply(503, {"Retry-After": "1"}))
    with pytest.raises(ObjectStoreError) as told:
        desk.admin.create_keys("u$s")
    assert told.value.status == 503
    assert desk.cloud.times("PUT", "/admin/user") == 1


def test_a_question_whose_answer_has_no_body_is_put_off_by_its_status(desk: Desk) -> None:
    desk.cloud.reply("HEAD", "/docs", Reply(503), Reply(503))
    desk.client.head_bucket(Bucket="docs")
    assert desk.cloud.times("HEAD", "/docs") == 3
    assert desk.budget.tallies()[CLOUD, S3].put_off == 2


@pytest.mark.parametrize("side", [S3, ADMIN])
def test_who_is_put_off_for_too_long_is_told_cloud_and_side_and_is_not_asked_again(desk: Desk, side: str) -> None:
    desk.cloud.reply("GET", "/admin/user", *[Reply(429, {"Retry-After": "40"})] * 9)
    desk.cloud.reply("GET", "/docs", *[Reply(429, {"Retry-After": "40"})] * 9)
    with pytest.raises(ObjectStoreError, match=rf"cloud {CLOUD} put off a call to {side} ") as told, asking("reading"):
        desk.client.list_objects_v2(Bucket="docs") if side == S3 else desk.admin.user("u$s")
    assert told.value.status == 429
    assert not told.value.is_transient
    assert "(429)" in str(told.value)
    assert str(told.value).endswith(told.value.cure)
    assert 40 <= sum(desk.clock.waits_s) <= 100


@pytest.mark.parametrize("side", [S3, ADMIN])
def test_a_side_that_wants_to_be_left_alone_for_a_day_is_not_waited_for(desk: Desk, side: str) -> None:
    desk.budget.put_off(CLOUD, side, 86400, desk.clock.now_s)
    with pytest.raises(ObjectStoreError, match=f"cloud {CLOUD} puts calls to {side} off") as told, asking("reading"):
        desk.client.list_objects_v2(Bucket="docs") if side == S3 else desk.admin.user("u$s")
    assert (told.value.status, told.value.is_transient) == (503, False)
    assert (desk.cloud.asked, desk.watched, desk.clock.waits_s) == ([], [], [])


def test_a_fault_of_the_gateway_is_no_word_on_how_much_it_bears(desk: Desk) -> None:
    desk.cloud.reply("GET", "/docs", Reply(503), Reply(503))
    with pytest.raises(ObjectStoreError) as told, asking("reading"):
        desk.client.list_objects_v2(Bucket="docs")
    assert (told.value.status, desk.cloud.times("GET", "/docs")) == (503, 1)
    assert desk.budget.tallies()[CLOUD, S3].put_off == 0


def test_both_sides_never_have_more_out_than_the_budget() -> None:
    all_wait, seen = threading.Event(), set[int]()

    def wait(changed: threading.Condition, limit_s: float | None) -> None:
        seen.add(threading.get_ident())
        if len(seen) == 45:  # the waits happen under the budget's lock
            all_wait.set()
        changed.wait(limit_s)

    budget = Budget(Limits(at_once=5), wait=wait)
    with busy_cloud() as cloud, ThreadPoolExecutor(50) as threads:
        admin, s3 = Admin(cloud.store(budget)), client(cloud, budget, [])
        cloud.hold.clear()
        calls = [
            threads.submit(admin.buckets) if number % 2 else threads.submit(s3.list_objects_v2, Bucket="docs")
            for number in range(50)
        ]
        assert all_wait.wait(30)
        cloud.hold.set()
        for call in calls:
            call.exception(30)
        admin.close()
        s3.close()
        assert (len(cloud.asked), budget.most_out) == (50, 5)
        assert cloud.most_inside <= 5
