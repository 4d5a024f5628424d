"""A stop is heard by a wipe while it waits: over real HTTP, at a cloud that put its calls off or has not done yet."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from broker.errors import Stopped
from broker.leaving import wipe
from broker.leaving.evidence import Emptied
from broker.plan.target import Target
from stacks.provider.budget import Budget
from stacks.provider.operation import Operation
from tests.fixtures.busy_cloud import BusyCloud, Reply, busy_cloud
from tests.fixtures.stack_specs import target

pytestmark = [  # openstacksdk warns of its own calls
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]
T = TypeVar("T")
FORMS = "hall-internet-forms"
SWIFT = "/swift/v1/AUTH_p"
SNAPSHOTS = "/volume/v3/snapshots"
LATER = {"Retry-After": "60"}
GONE = Target("hall.internet.provider-a", None, "", None, target(), "hall/internet", ("receipt",), "office")

USER = {
    "user_id": "u",
    "display_name": "u",
    "max_buckets": 1,
    "suspended": 0,
    "keys": [{"user": "u", "access_key": "a", "secret_key": "s"}],
    "user_quota": {"enabled": False, "max_size": -1, "max_objects": -1},
}


def answer(body: object) -> Reply:
    return Reply(200, {"Content-Type": "application/json"}, json.dumps(body).encode())


class Fence(list[str]):
    """A fence where the stop comes."""

    def __init__(self, tell: Callable[[], object]) -> None:
        super().__init__()
        self._tell = tell

    def append(self, entry: str) -> None:
        super().append(entry)
        self._tell()


class Wipe:
    """A wipe that is told to stop while it runs."""

    def __init__(self, cloud: BusyCloud, folder: Path) -> None:
        self.cloud, self.folder = cloud, folder
        self.went: list[tuple[str, int]] = []
        """What it told while it ran."""
        cloud.reply("GET", "/v3/projects", answer({"projects": [{"id": "p"}]}))

    def run(self, *, gateway: bool = False, at_first_write: bool = False) -> Emptied:
        """What it tells."""

        async def work(operation: Operation, stop: asyncio.Event) -> Emptied:
            return await wipe.emptied(GONE, operation, stop, self._went)

        return self.stopped(work, gateway=gateway, at_first_write=at_first_write)

    def stopped(
        self,
        work: Callable[[Operation, asyncio.Event], Awaitable[T]],
        *,
        gateway: bool = False,
        at_first_write: bool = False,
    ) -> T:
        """What comes of the work. The stop comes at its first wait for a turn, or right before its first write."""

        async def run() -> T:
            stop, loop = asyncio.Event(), asyncio.get_running_loop()

            def tell() -> None:
                loop.call_soon_threadsafe(stop.set)

            def wait(changed: threading.Condition, limit_s: float | None) -> None:
                tell()
                changed.wait(limit_s)

            budget = Budget(wait=wait)
            operation = self.cloud.operation(budget, self.folder, Fence(tell) if at_first_write else [])
            if gateway:
                operation = replace(operation, object_store=lambda: self.cloud.store(budget))
            # a minute is what the wait would last
            return await asyncio.wait_for(work(operation, stop), 50)

        return asyncio.run(run())

    def _went(self, what: str, count: int) -> None:
        self.went.append((what, count))


@pytest.fixture
def wiping(tmp_path: Path) -> Iterator[Wipe]:
    with busy_cloud() as cloud:
        yield Wipe(cloud, tmp_path)


def test_a_bucket_whose_cloud_puts_calls_off_is_left_at_a_stop_with_what_went_told(wiping: Wipe) -> None:
    wiping.cloud.reply("GET", SWIFT, answer([{"name": FORMS}]))
    wiping.cloud.reply("GET", f"{SWIFT}/{FORMS}", answer([{"name": "a"}, {"name": "b"}]))
    wiping.cloud.reply("DELETE", f"{SWIFT}/{FORMS}/b", Reply(429, LATER))
    found = wiping.run()
    assert found.removed == (f"bucket {FORMS}: 1 objects and versions, then it broke off",)
    assert found.content
    told = f"emptying the bucket {FORMS}: the run was asked to stop while it waited for its turn at the cloud"
    assert found.trouble == f"{told}; run it again, it goes on from there"
    assert wiping.cloud.times("DELETE", f"{SWIFT}/{FORMS}/b") == 1
    assert set(wiping.went) == {(f"objects and versions of the bucket {FORMS}", 1)}


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        (SWIFT, "listing the account's buckets"),
        ("/v3/projects", "looking up the project of hall.internet.provider-a"),
    ],
)
def test_whatever_waits_before_anything_went_ends_as_stopped(wiping: Wipe, path: str, asked: str) -> None:
    wiping.cloud.reply("GET", path, Reply(429, LATER))
    with pytest.raises(Stopped, match=f"{asked}: the run was asked to stop while it waited for its turn"):
        wiping.run()


@pytest.mark.parametrize(
    ("path", "asked"),
    [("/admin/user", "opening the buckets of hall.internet.provider-a"), ("/", "listing the user's buckets")],
)
def test_so_does_what_waits_for_a_gateway(wiping: Wipe, path: str, asked: str) -> None:
    wiping.cloud.reply("GET", "/admin/user", answer(USER), answer(USER))
    wiping.cloud.reply("GET", path, Reply(429, LATER))
    with pytest.raises(Stopped, match=f"{asked}: the run was asked to stop while it waited for its turn"):
        wiping.run(gateway=True)


def test_a_snapshot_that_cinder_still_removes_at_a_stop_is_told_as_not_seen_gone(wiping: Wipe) -> None:
    snapshot = {"id": "s1", "name": "gch-1", "status": "deleting"}
    wiping.cloud.reply("GET", SWIFT, answer([]))
    wiping.cloud.reply("GET", "/volume/v3/backups/detail", answer({"backups": []}))
    owner = {"os-extended-snapshot-attributes:project_id": "p"}
    wiping.cloud.reply("GET", f"{SNAPSHOTS}/detail", answer({"snapshots": [snapshot | owner]}))
    wiping.cloud.reply("GET", f"{SNAPSHOTS}/s1", *[answer({"snapshot": snapshot})] * 9)
    found = wiping.run(at_first_write=True)
    assert (found.removed, found.unseen, found.content) == ((), ("snapshot s1 gch-1",), True)
    assert found.trouble.startswith("removing /snapshots/s1: the run was asked to stop while it waited for the cloud")
    assert wiping.cloud.times("DELETE", f"{SNAPSHOTS}/s1") == 1
    assert wiping.went == [("snapshot s1 gch-1", 1)]


def test_looking_for_what_is_gone_ends_too_where_it_would_have_to_wait(wiping: Wipe) -> None:
    for path in ("/volume/v3/volumes", "/network/v2.0/ports", "/network/v2.0/networks"):
        wiping.cloud.reply("GET", path, answer({path.rpartition("/")[2]: []}))
    wiping.cloud.reply("GET", "/compute/v2.1/servers", Reply(429, LATER))
    before = Emptied("p", (), ())
    with pytest.raises(Stopped, match="listing the servers of project p after its wipe: the run was asked to stop"):
        wiping.stopped(lambda operation, stop: wipe.still_there(GONE, operation, before, frozenset("s"), stop))
