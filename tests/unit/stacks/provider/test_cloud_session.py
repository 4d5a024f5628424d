"""A cloud that says "not so fast": over real HTTP through Keystone's own client, on a clock that waits for nobody."""

import asyncio
import io
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from broker.backup.swift import SwiftStore
from stacks.provider.budget import Budget
from stacks.provider.cloud_error import CloudError, Interrupted
from stacks.provider.limits import Limits
from stacks.provider.line import Caller
from stacks.provider.operation import Fenced
from stacks.provider.scope import Service
from stacks.provider.session import Session
from stacks.provider.trying import Door
from tests.fixtures.busy_cloud import CLOUD, BusyCloud, Clock, Reply, busy_cloud

pytestmark = [  # openstacksdk warns of its own calls
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]
NETWORKS = "/network/v2.0/networks"


class House:
    """A stack's session on the busy cloud."""

    def __init__(self, cloud: BusyCloud, folder: Path) -> None:
        self.cloud, self.clock = cloud, Clock()
        self.fenced: list[str] = []
        self.budget = self.clock.budget(Limits(patience_s=100))
        self.session = Session(cloud.operation(self.budget, folder, self.fenced))

    async def make(self) -> int:
        return (await self.session.call(Service.NETWORK, "POST", "/networks", {"network": {}})).status


@pytest.fixture
def cloud() -> Iterator[BusyCloud]:
    with busy_cloud() as made:
        yield made


@pytest.fixture
async def house(cloud: BusyCloud, tmp_path: Path) -> AsyncIterator[House]:
    made = House(cloud, tmp_path)
    yield made
    made.session.close()


async def test_a_create_that_is_put_off_is_sent_again_when_it_was_asked_for_and_makes_one(house: House) -> None:
    house.cloud.reply("POST", NETWORKS, Reply(429, {"Retry-After": "7"}), Reply(429, {"X-Retry-After": "3"}))
    assert await house.make() == 200
    assert (house.cloud.times("POST", NETWORKS), house.cloud.made) == (3, [NETWORKS])
    first_s, second_s = house.clock.waits_s
    assert 7 <= first_s <= 8.75
    assert 3 <= second_s <= 3.75
    tally = house.budget.tallies()[CLOUD, "network"]
    assert (tally.calls, tally.put_off, tally.waits) == (3, 2, 2)


async def test_the_fence_is_asked_anew_before_every_sending(house: House) -> None:
    house.cloud.reply("POST", NETWORKS, Reply(429, {"Retry-After": "7"}))
    await house.make()
    assert house.fenced == ["fence", "fence"]


async def test_a_lease_that_is_lost_while_the_cloud_is_waited_for_sends_nothing_more(
    cloud: BusyCloud, tmp_path: Path
) -> None:
    class Lost(list[str]):
        def append(self, entry: str) -> None:
            if self:
                raise Fenced("the lease is another's")
            super().append(entry)

    clock = Clock()
    session = Session(cloud.operation(clock.budget(), tmp_path, Lost()))
    cloud.reply("POST", NETWORKS, Reply(429, {"Retry-After": "7"}))
    with pytest.raises(Fenced):
        await session.call(Service.NETWORK, "POST", "/networks", {})
    session.close()
    assert (cloud.times("POST", NETWORKS), cloud.made) == (1, [])


async def test_a_create_whose_answer_may_be_lost_goes_out_once_and_the_service_is_left_alone(house: House) -> None:
    house.cloud.reply("POST", NETWORKS, Reply(503, {"Retry-After": "20"}))
    with pytest.raises(CloudError, match="POST network /networks: the cloud answered 503") as told:
        await house.make()
    assert (told.value.status, house.cloud.times("POST", NETWORKS)) == (503, 1)
    await house.session.call(Service.NETWORK, "GET", "/networks")
    assert len(house.clock.waits_s) == 1
    assert house.clock.waits_s[0] >= 20


async def test_a_change_that_comes_to_the_same_twice_is_sent_again_after_503(house: House) -> None:
    house.cloud.reply("PUT", f"{NETWORKS}/1", Reply(503, {"Retry-After": "20"}))
    answer = await house.session.call(Service.NETWORK, "PUT", "/networks/1", {"network": {}})
    assert (answer.status, house.cloud.times("PUT", f"{NETWORKS}/1")) == (200, 2)


async def test_who_is_put_off_for_too_long_is_told_cloud_service_and_how_long_it_was_tried(house: House) -> None:
    house.cloud.reply("GET", NETWORKS, *[Reply(429, {"Retry-After": "40"})] * 9)
    with pytest.raises(CloudError) as told:
        await house.session.call(Service.NETWORK, "GET", "/networks")
    assert told.value.status == 429
    assert f"cloud {CLOUD} put off a call to network" in str(told.value)
    assert "cloud_patience_s = 100" in str(told.value)
    assert house.cloud.times("GET", NETWORKS) in {2, 3}
    assert 40 <= sum(house.clock.waits_s) <= 100


async def test_a_cloud_that_says_at_once_each_time_is_not_asked_without_a_pause(house: House) -> None:
    house.cloud.reply("GET", NETWORKS, *[Reply(429, {"Retry-After": "0"})] * 100)
    with pytest.raises(CloudError, match="longer than is waited"):
        await house.session.call(Service.NETWORK, "GET", "/networks")
    assert 7 <= house.cloud.times("GET", NETWORKS) <= 10


async def test_a_cloud_that_wants_to_be_left_alone_for_a_day_is_not_waited_for(house: House) -> None:
    house.cloud.reply("GET", NETWORKS, Reply(503, {"Retry-After": "86400"}))
    with pytest.raises(CloudError, match="longer than is waited"):
        await house.session.call(Service.NETWORK, "GET", "/networks")
    assert house.clock.waits_s == []


async def test_other_calls_to_a_cloud_that_wants_to_be_left_alone_for_a_day_are_not_sent(house: House) -> None:
    house.budget.put_off(CLOUD, "network", 86400, house.clock.now_s)
    with pytest.raises(CloudError, match=f"cloud {CLOUD} puts calls to network off and wants none") as told:
        await house.make()
    assert (told.value.status, house.fenced, house.clock.waits_s) == (503, [], [])
    assert house.cloud.times("POST", NETWORKS) == 0


async def test_a_run_that_is_told_to_stop_does_not_wait_for_the_cloud(house: House) -> None:
    house.budget.put_off(CLOUD, "network", 60, house.clock.now_s)
    house.session.interrupt()
    with pytest.raises(Interrupted):
        await house.make()
    assert (house.cloud.times("POST", NETWORKS), house.clock.waits_s) == (0, [])


async def test_stacks_of_one_cloud_share_its_calls_and_never_have_more_out(cloud: BusyCloud, tmp_path: Path) -> None:
    all_wait, seen = threading.Event(), set[int]()

    def wait(changed: threading.Condition, limit_s: float | None) -> None:
        seen.add(threading.get_ident())
        if len(seen) == 45:  # the waits happen under the budget's lock
            all_wait.set()
        changed.wait(limit_s)

    budget = Budget(Limits(at_once=5), wait=wait)
    sessions = [Session(cloud.operation(budget, tmp_path, [])) for _ in range(3)]
    for session in sessions:
        await session.call(Service.NETWORK, "GET", "/networks")
    cloud.hold.clear()
    calls = [
        asyncio.ensure_future(session.call(Service.NETWORK, "GET", f"/networks/{number}"))
        for session in sessions
        for number in range(18)
    ]
    await asyncio.to_thread(all_wait.wait, 30)
    assert all_wait.is_set()
    cloud.hold.set()
    answers = await asyncio.gather(*calls)
    for session in sessions:
        session.close()
    assert [answer.status for answer in answers] == [200] * 54
    assert budget.most_out == 5
    assert cloud.most_inside <= 5


def test_tokens_and_what_openstacksdk_asks_count_too(cloud: BusyCloud, tmp_path: Path) -> None:
    clock, fenced_s = Clock(), list[float]()
    budget = clock.budget()
    cloud.reply("PUT", "/swift/v1/AUTH_p/photos/a.jpg", Reply(498, {"X-Retry-After": "5"}))
    with cloud.connection(Door(budget, CLOUD), tmp_path) as connection:
        store = SwiftStore(connection, "p", lambda: fenced_s.append(clock.now_s))
        store.write("photos", "a.jpg", io.BytesIO(b"content"), 7)
    # as everywhere: right before each sending, after all waits
    assert fenced_s == [1000, clock.now_s]
    assert cloud.bodies[-2:] == [b"content", b"content"]
    tallies = budget.tallies()
    assert tallies[CLOUD, "identity"].calls >= 1
    assert (tallies[CLOUD, "object-store"].calls, tallies[CLOUD, "object-store"].put_off) == (2, 1)
    assert sum(clock.waits_s) >= 5


def test_an_upload_keeps_no_other_call_from_its_turn_however_long_it_takes(cloud: BusyCloud, tmp_path: Path) -> None:
    def nobody_waits(_changed: threading.Condition, _limit_s: float | None) -> None:
        raise AssertionError("a call waits for the upload")

    class Content(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            with budget.turn(Caller(), CLOUD, "network"):
                went.append("network")
            return super().read(size)

    budget, went = Budget(Limits(at_once=1), wait=nobody_waits), list[str]()
    with cloud.connection(Door(budget, CLOUD), tmp_path) as connection:
        SwiftStore(connection, "p", lambda: None).write("photos", "a.jpg", Content(b"content"), 7)
    assert went
    assert cloud.bodies[-1] == b"content"
