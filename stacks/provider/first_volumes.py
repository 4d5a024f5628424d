"""The first volume of each type goes out alone: Cinder loses count of a project whose first ones come all at once.

Cinder makes the rows in which it counts a project's volumes and gigabytes, and those of each volume type, at the first
request that needs them. That request (`cinder.db.sqlalchemy.api.quota_reserve`) commits the new rows and goes on with
the figures that it had read before: what others committed in between is overwritten. Seen on a real one: `reserved` too
high for good, so that volumes are refused that the quota has room for (413); and twelve volumes where the quota was
eight. Once the rows are there, requests lock them.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager


class FirstVolumes:
    """Turns at one project's quota: a type whose rows may be missing has it alone, all others go at once."""

    def __init__(self) -> None:
        self._counted: set[str] = set()
        self._waiting: Counter[str] = Counter()
        self._in_air = 0
        self._alone = False
        self._changed = asyncio.Condition()

    def seen(self, types: Iterable[str]) -> None:
        """Take it that the project has volumes of these types, and so their rows."""
        self._counted.update(types)

    @asynccontextmanager
    async def turn(self, type_: str) -> AsyncIterator[None]:
        """The time in which one request for a volume of the type may be in the air."""
        async with self._changed:
            self._waiting[type_] += 1
            try:
                await self._changed.wait_for(lambda: self._may_go(type_))
            finally:
                self._waiting[type_] -= 1
            self._alone = type_ not in self._counted
            self._in_air += 1
        try:
            yield
            self._counted.add(type_)
        finally:
            async with self._changed:
                self._in_air -= 1
                self._alone = False
                self._changed.notify_all()

    def _may_go(self, type_: str) -> bool:
        if self._alone:
            return False
        if type_ not in self._counted:
            return self._in_air == 0
        # new types first: then all that is left goes at once
        return not any(count for other, count in self._waiting.items() if other not in self._counted)
