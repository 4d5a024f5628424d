import asyncio
from collections.abc import Sequence

import pytest

from stacks.provider.cloud_error import CloudError
from stacks.provider.port_batch import CHUNK, PortBatch
from stacks.provider.session import Item


class Neutron:
    """Makes ports in bulk, all or nothing; an address can be used once."""

    def __init__(self) -> None:
        self.requests: list[int] = []
        self.used: set[str] = set()

    async def make(self, bodies: Sequence[Item]) -> Sequence[Item]:
        self.requests.append(len(bodies))
        await asyncio.sleep(0)
        addresses = {body["address"] for body in bodies}
        if len(addresses) < len(bodies) or addresses & self.used:
            raise CloudError(409, "address in use", "POST /ports")
        self.used |= addresses
        # in another order than asked for: only the key tells which is whose
        return [{"id": f"id-{body['description']}", "description": body["description"]} for body in reversed(bodies)]


async def test_ports_asked_for_together_go_out_in_chunks_and_each_gets_its_own() -> None:
    neutron = Neutron()
    batch = PortBatch(neutron.make)
    ports = await asyncio.gather(
        *(batch.create({"description": f"k{n}", "address": str(n)}) for n in range(2 * CHUNK + 4))
    )
    assert [port["id"] for port in ports] == [f"id-k{n}" for n in range(2 * CHUNK + 4)]
    assert neutron.requests == [CHUNK, CHUNK, 4]


async def test_a_refused_port_does_not_take_the_others_with_it() -> None:
    neutron = Neutron()
    neutron.used = {"1"}
    batch = PortBatch(neutron.make)
    bodies = [{"description": f"k{n}", "address": str(n)} for n in range(3)]
    ends = await asyncio.gather(*(batch.create(body) for body in bodies), return_exceptions=True)
    assert [isinstance(end, CloudError) for end in ends] == [False, True, False]


async def test_a_lost_answer_is_told_to_all_and_nothing_is_sent_twice() -> None:
    sent = []

    async def lost(bodies: Sequence[Item]) -> Sequence[Item]:
        sent.append(len(bodies))
        raise CloudError(0, "connection reset", "POST /ports")

    batch = PortBatch(lost)
    waits = [asyncio.ensure_future(batch.create({"description": name})) for name in ("a", "b")]
    for wait in waits:
        with pytest.raises(CloudError):
            await wait
    assert sent == [2]
