"""The end of an operation whose calls still wait for their turn at a cloud that says "not so fast"."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from stacks.provider.budget import Budget
from stacks.provider.ceph import Gateway
from stacks.provider.cloud_error import Interrupted
from stacks.provider.quota import QuotaSet
from stacks.provider.scope import Service
from stacks.provider.servicer import Provider
from stacks.provider.session import Session
from stacks.provider.values import encode
from tests.fixtures.busy_cloud import CLOUD, BusyCloud, Reply, busy_cloud

pytestmark = [  # openstacksdk warns of its own calls
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]
URN = "urn:pulumi:s::govcloud::govcloud:openstack:QuotaSet::quota"
QUOTA = {**dict.fromkeys(QuotaSet.required, 1), "block_gib_by_type": {}, "project_id": "p"}
NETWORK_QUOTA = "/network/v2.0/quotas/p"


class Waits:
    """Who waits at the budget: each that begins can be awaited, and how many are there is known."""

    def __init__(self) -> None:
        self.budget = Budget(now_s=self._now_s, wait=self._wait)
        self.now = 0
        self.fault: Exception | None = None
        self._began = threading.Semaphore(0)

    def _wait(self, changed: threading.Condition, limit_s: float | None) -> None:
        self.now += 1
        self._began.release()
        changed.wait(limit_s)
        self.now -= 1

    def _now_s(self) -> float:
        if self.fault:
            raise self.fault
        return time.monotonic()

    async def one(self) -> None:
        """Until one call more waits."""
        assert await asyncio.to_thread(self._began.acquire, timeout=60)

    def shut(self, service: str) -> None:
        """The cloud wants no call to the service for two minutes."""
        self.budget.put_off(CLOUD, service, 120, self.budget.now_s())


class House:
    """An operation's provider on a busy cloud, served to an engine."""

    def __init__(self, cloud: BusyCloud, folder: Path, stub: Any) -> None:
        self.cloud, self.waits, self.stub = cloud, Waits(), stub
        self.provider = Provider(cloud.operation(self.waits.budget, folder, []))

    async def lower_in_use(self) -> None:
        """A figure is lowered below what goes in the same run: Neutron takes it at the run's end only."""
        self.cloud.reply("PUT", NETWORK_QUOTA, Reply(409))
        old, new = encode(QUOTA), encode({**QUOTA, "networks": 0})
        await self.stub.Update(provider_pb2.UpdateRequest(id="p", urn=URN, old_inputs=old, news=new))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    server = grpc.aio.server()
    port = server.add_insecure_port("127.0.0.1:0")
    with busy_cloud() as cloud:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            made = House(cloud, tmp_path, provider_pb2_grpc.ResourceProviderStub(channel))
            provider_pb2_grpc.add_ResourceProviderServicer_to_server(made.provider, server)
            await server.start()
            yield made
        await server.stop(0)


async def test_a_write_that_waits_when_the_engine_has_died_is_never_sent(house: House) -> None:
    house.waits.shut("network")
    going = house.stub.Delete(provider_pb2.DeleteRequest(id="p", urn=URN, properties=encode(QUOTA)))
    await house.waits.one()
    going.cancel()
    await house.provider.drain(60)
    assert house.waits.now == 0
    assert house.cloud.times("PUT", NETWORK_QUOTA) == 0


async def test_what_a_stop_keeps_from_being_finished_is_told_and_ends_no_run(house: House) -> None:
    await house.lower_in_use()
    house.waits.shut("network")
    await house.stub.Cancel(empty_pb2.Empty())
    await house.provider.drain(60)
    assert house.cloud.times("PUT", NETWORK_QUOTA) == 2
    (told,) = house.provider.leftovers
    assert told.startswith("not finished: the run was asked to stop")


async def test_whatever_else_goes_wrong_at_the_end_is_told_without_its_secrets(house: House) -> None:
    await house.lower_in_use()
    house.waits.fault = ValueError("at http://a:hunter2@cloud")
    await house.provider.drain(60)
    (told,) = house.provider.leftovers
    assert told.startswith("not finished: ValueError: at http://a:")
    assert "hunter2" not in told


async def test_a_session_that_is_closed_lets_nobody_wait(tmp_path: Path) -> None:
    waits = Waits()
    waits.shut("network")
    with busy_cloud() as cloud:
        session = Session(cloud.operation(waits.budget, tmp_path, []))
        call = asyncio.ensure_future(session.call(Service.NETWORK, "POST", "/networks", {}))
        await waits.one()
        session.close()
        with pytest.raises(Interrupted):
            await asyncio.wait_for(call, 60)
        assert (waits.now, cloud.made) == (0, [])


async def test_a_gateway_that_is_closed_lets_nobody_wait(tmp_path: Path) -> None:
    waits = Waits()
    waits.shut("s3-admin")
    with busy_cloud() as cloud:
        operation = cloud.operation(waits.budget, tmp_path, [])
        gateway = Gateway(replace(operation, object_store=lambda: cloud.store(waits.budget)))
        reading = asyncio.ensure_future(gateway.read(lambda: gateway.admin.user("u$s")))
        await waits.one()
        gateway.close()
        with pytest.raises(Interrupted):
            await asyncio.wait_for(reading, 60)
        assert waits.now == 0
