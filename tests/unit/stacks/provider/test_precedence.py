"""The order of writes to Neutron."""

import asyncio

from stacks.provider.precedence import Precedence, subject

AWAITED = ("network", "group", "port")


class Service:
    """Requests that stay out until they are answered."""

    def __init__(self, *awaited: str) -> None:
        self.precedence = Precedence(awaited)
        self.out: list[str] = []
        self._answers: dict[str, asyncio.Event] = {}

    async def _ask(self, name: str, *, undisturbed: bool) -> None:
        subject.set(name)
        self._answers[name] = asyncio.Event()
        async with self.precedence.turn(undisturbed=undisturbed):
            self.out.append(name)
            try:
                await self._answers[name].wait()
            finally:
                self.out.remove(name)

    async def asked(self, *names: str, undisturbed: bool = False) -> list[asyncio.Task[None]]:
        tasks = [asyncio.create_task(self._ask(name, undisturbed=undisturbed)) for name in names]
        await settled()
        return tasks

    async def answer(self, *names: str) -> None:
        for name in names:
            self._answers[name].set()
            await settled()


async def settled() -> None:
    """Every task has gone as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_what_servers_wait_for_goes_out_at_once_and_of_the_rest_one_after_the_other() -> None:
    service = Service(*AWAITED)
    tasks = await service.asked("router", "network", "limit", "group", "address")
    assert service.out == ["router", "network", "group"]
    await service.answer("router")
    assert service.out == ["network", "group", "limit"]
    await service.answer("network", "group")
    assert service.out == ["limit"], "the port is missing still"
    await service.answer("limit", "address")
    await asyncio.gather(*tasks)


async def test_all_goes_out_once_everything_is_there_that_servers_wait_for() -> None:
    service = Service(*AWAITED)
    tasks = await service.asked("router", "limit", "address")
    for name in AWAITED:
        assert service.out == ["router"]
        service.precedence.arrived(name)
        await settled()
    assert service.out == ["router", "limit", "address"]
    tasks += await service.asked("balancer")
    assert "balancer" in service.out
    await service.answer("router", "limit", "address", "balancer")
    await asyncio.gather(*tasks)


async def test_nothing_begins_beside_a_write_that_goes_undisturbed_but_what_servers_wait_for() -> None:
    service = Service(*AWAITED)
    tasks = await service.asked("router")
    tasks += await service.asked("port", undisturbed=True)
    tasks += await service.asked("limit", "address", "group")
    assert service.out == ["router", "port", "group"]
    await service.answer("router")
    assert service.out == ["port", "group"], "the router's end lets nothing go"
    await service.answer("group")
    assert service.out == ["port"]
    await service.answer("port")
    assert service.out == ["limit"], "one by one again"
    await service.answer("limit", "address")
    await asyncio.gather(*tasks)


async def test_two_writes_that_go_undisturbed_hold_the_rest_up_until_both_have_ended() -> None:
    service = Service("one", "two", "three")
    tasks = await service.asked("one", "two", undisturbed=True)
    tasks += await service.asked("router")
    await service.answer("one")
    assert service.out == ["two"]
    await service.answer("two")
    assert service.out == ["router"]
    await service.answer("router")
    await asyncio.gather(*tasks)


async def test_what_waits_beside_an_undisturbed_write_goes_once_that_failed_or_nothing_is_missing() -> None:
    service = Service("port")
    (port,) = await service.asked("port", undisturbed=True)
    tasks = await service.asked("router", "limit")
    port.cancel()
    await asyncio.gather(port, return_exceptions=True)
    await settled()
    assert service.out == ["router"]
    (port,) = await service.asked("port", undisturbed=True)
    service.precedence.arrived("port")
    await settled()
    assert service.out == ["router", "port", "limit"]
    await service.answer("port", "router", "limit")
    await asyncio.gather(port, *tasks)


async def test_nothing_is_held_up_where_no_server_waits_or_no_resource_is_brought_about() -> None:
    for service, names in ((Service(), ("router", "limit")), (Service(*AWAITED), ("router", "", "network"))):
        tasks = await service.asked(*names)
        assert service.out == list(names)
        await service.answer(*names)
        await asyncio.gather(*tasks)


async def test_a_request_that_is_given_up_holds_nothing_up() -> None:
    service = Service(*AWAITED)
    tasks = await service.asked("router", "limit", "address")
    tasks[1].cancel()
    tasks[0].cancel()
    await asyncio.gather(*tasks[:2], return_exceptions=True)
    await settled()
    assert service.out[-1] == "address"
    await service.answer("address")
    await tasks[2]


async def test_a_turn_that_is_given_up_in_the_moment_it_comes_goes_to_the_next() -> None:
    service = Service(*AWAITED)
    tasks = await service.asked("router", "limit", "address")
    tasks[0].cancel()
    await asyncio.sleep(0)  # the router's turn has ended, the limit's has come, and it has not been told yet
    tasks[1].cancel()
    await asyncio.gather(*tasks[:2], return_exceptions=True)
    await settled()
    assert service.out[-1] == "address"
    await service.answer("address")
    await tasks[2]
