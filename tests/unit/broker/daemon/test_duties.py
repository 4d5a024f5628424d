"""What the daemon does by the clock: with reports, what is confirmed and nothing that waits; with backups."""

from typing import Any

from broker.backup.run import Ended
from broker.backup.subject import Place
from broker.clocks.raised import Raised
from broker.daemon.duties import Means, duties
from broker.issuance import Deliverable
from broker.notices.deliver import Round
from broker.registry.filed import Registry
from tests.fixtures.demo_district import at
from tests.fixtures.stack_specs import target
from tests.unit.broker.test_issuance import ISSUED, confirmation, registry

NEVER: Any = None
"""Nothing that these duties need."""
PLACE = Place("hall.internet.provider-a", "hall", "office", "internet", target())


async def handed_over(known: Registry) -> tuple[str, list[Deliverable]]:
    """What the duty said, and what it handed over."""
    given: list[Deliverable] = []

    async def hand_over(ready: tuple[Deliverable, ...]) -> int:
        given.extend(ready)
        return len(ready)

    async def back_up() -> tuple[Ended, ...]:
        raise AssertionError

    async def tell(_found: tuple[Raised, ...]) -> int:
        raise AssertionError

    async def publish() -> str:
        raise AssertionError

    async def deliver() -> Round:
        raise AssertionError

    means = Means(
        lambda: at("2026-11-06T09:10"), lambda _at: known, back_up, tell, publish, hand_over, deliver, NEVER, 2
    )
    (duty,) = (duty for duty in duties(means) if duty.name == "reports")
    return await duty.do(), given


async def test_confirmed_reports_are_handed_over() -> None:
    told, given = await handed_over(registry(confirmation()))
    assert (told, given) == ("1 confirmed reports delivered", [Deliverable(ISSUED, "confirmed")])


async def test_reports_that_wait_for_their_party_are_not() -> None:
    assert await handed_over(registry()) == ("", [])


async def test_a_round_of_backups_that_was_told_to_stop_is_no_failure_and_says_so() -> None:
    async def back_up() -> tuple[Ended, ...]:
        return (Ended(PLACE, stopped=True),)

    means = Means(lambda: at("2026-11-06T09:10"), NEVER, back_up, NEVER, NEVER, NEVER, NEVER, NEVER, 2)
    (duty,) = (duty for duty in duties(means) if duty.name == "backups")
    assert await duty.do() == "0 made, and told to stop before all were: the next round goes on"
