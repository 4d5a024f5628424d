"""The order of requests to one service."""

import asyncio

from stacks.provider.lane import Lane


class Service:
    """Requests that stay out until they are answered."""

    def __init__(self) -> None:
        self.lane = Lane()
        self.out: list[str] = []
        self._answers: dict[str, asyncio.Event] = {}

    async def ask(self, name: str, *, can_wait: bool) -> None:
        self._answers[name] = asyncio.Event()
        async with self.lane.turn(can_wait=can_wait):
            self.out.append(name)
            await self._answers[name].wait()
        self.out.remove(name)

    async def answer(self, name: str) -> None:
        self._answers[name].set()
        await settled()


async def settled() -> None:
    """Every task has gone as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def asked(service: Service, *wanted: tuple[str, bool]) -> list[asyncio.Task[None]]:
    tasks = [asyncio.create_task(service.ask(name, can_wait=can_wait)) for name, can_wait in wanted]
    await settled()
    return tasks


async def test_what_servers_wait_for_goes_out_at_once_and_of_the_rest_one() -> None:
    service = Service()
    tasks = await asked(service, ("router", True), ("network", False), ("quota", True), ("group", False))
    assert service.out == ["router", "network", "group"]
    await service.answer("router")
    assert service.out == ["network", "group", "quota"]
    for name in ("network", "group", "quota"):
        await service.answer(name)
    await asyncio.gather(*tasks)


async def test_all_goes_out_where_no_server_waits() -> None:
    service = Service()
    tasks = await asked(service, ("network", False), ("router", True), ("quota", True), ("address", True))
    assert service.out == ["network", "router"]
    await service.answer("network")
    assert service.out == ["router", "quota", "address"]
    for name in ("router", "quota", "address"):
        await service.answer(name)
    await asyncio.gather(*tasks)


async def test_a_request_that_is_given_up_holds_nothing_up() -> None:
    service = Service()
    (network, *others) = await asked(service, ("network", False), ("router", True), ("quota", True))
    network.cancel()
    others[0].cancel()
    await asyncio.gather(network, others[0], return_exceptions=True)
    await settled()
    assert "quota" in service.out
    await service.answer("quota")
    await others[1]
