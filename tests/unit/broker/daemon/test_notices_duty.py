"""What the daemon does by the clock for notices, and when it says that somebody has to act."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from broker.daemon.duties import Means, NotAllDone, duties
from broker.notices.deliver import Round
from broker.registry.filed import Registry

AT = datetime(2026, 6, 1, tzinfo=UTC)
NEVER: Any = None
"""Nothing that this duty needs."""


async def nothing(*_anything: Any) -> Any:
    raise AssertionError


async def told(done: Round) -> str:
    async def deliver() -> Round:
        return done

    means = Means(lambda: AT, lambda _at: Registry(""), nothing, nothing, nothing, nothing, deliver, NEVER, 2)
    (duty,) = (duty for duty in duties(means) if duty.name == "notices")
    return await duty.do()


async def test_notices_that_were_sent_are_counted_and_silence_is_no_news() -> None:
    assert await told(Round(sent=3)) == "3 notices sent"
    assert not await told(Round(waiting=2))


@pytest.mark.parametrize(
    ("done", "said"),
    [
        (Round(sent=1, failed=("mail: error=500.",)), "mail: error=500."),
        (Round(unreachable=("act-1", "act-2")), "2 notices reach nobody or not everybody: see `broker notices`"),
    ],
)
async def test_what_could_not_be_sent_makes_the_duty_fail_with_the_reason(done: Round, said: str) -> None:
    with pytest.raises(NotAllDone, match=re.escape(said)):
        await told(done)
