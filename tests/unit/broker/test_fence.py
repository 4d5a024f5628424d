from datetime import UTC, datetime

import pytest

from broker.fence import fenced
from broker.ledger.leases import Lease
from stacks.provider.operation import Fenced

LEASE = Lease("hall.internet.provider-a", "me", 7, datetime(2026, 11, 28, 12, tzinfo=UTC))


async def renewed(_lease: Lease) -> None:
    return


async def test_what_is_left_over_when_the_work_has_ended_writes_nothing_more() -> None:
    async with fenced(LEASE, renewed, 3600) as fence:
        fence()
    with pytest.raises(Fenced, match=r"hall.internet.provider-a \(epoch 7\) has ended"):
        fence()


async def test_the_fence_is_shut_also_where_the_work_broke_off() -> None:
    with pytest.raises(RuntimeError):
        async with fenced(LEASE, renewed, 3600) as fence:
            raise RuntimeError
    with pytest.raises(Fenced):
        fence()
