"""One call to a cloud with all its repetitions: each waits for its turn, and until the cloud wants it."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from stacks.provider.again import Heard, put_off
from stacks.provider.budget import LATER, Before, Budget, Turn
from stacks.provider.cloud_error import StillPutOff
from stacks.provider.line import Caller


@dataclass(frozen=True, slots=True)
class Door:
    """Through which one caller reaches one cloud."""

    budget: Budget = field(default_factory=Budget)
    cloud: str = "cloud"
    """Its name."""
    caller: Caller = field(default_factory=Caller)
    chance: Callable[[], float] = random.random
    """Between 0 and 1; draws pauses out."""

    def turn(self, service: str, before: Before | None = None, *, content: bool = False) -> Turn:
        """The turn of one call, to be entered around it; `content` as in `Budget.turn`."""
        return self.budget.turn(self.caller, self.cloud, service, before, content=content)

    def trying(self, service: str, method: str, before: Before | None = None, *, content: bool = False) -> "Trying":
        """A call to a service with all its repetitions."""
        return Trying(self, service, method, before, content=content)


class Trying:
    """A call. Every repetition enters `turn` anew, so that what `before` refuses is not sent again either."""

    def __init__(
        self, door: "Door", service: str, method: str, before: Before | None = None, *, content: bool = False
    ) -> None:
        self.turn = door.turn(service, before, content=content)
        self._budget = door.budget
        self._chance = door.chance
        self._name = (door.cloud, service)
        self._method = method
        self._times = 0
        self._first_s = 0.0

    def again(self, heard: Heard, began_s: float | None = None) -> bool:
        """Whether the call is to be sent again, after its last turn brought this answer.

        `began_s`: when it went out, by the budget's clock, where it was not in `turn`.

        Raises:
            StillPutOff: The cloud put it off once more, and would not have it before the patience for it is over.
        """
        off = put_off(self._method, heard, datetime.fromtimestamp(time.time(), UTC))
        if off is None:
            self._budget.went_well()
            return False
        self._times += 1
        now_s = self._budget.now_s()
        if self._times == 1:
            self._first_s = now_s
        pause_s = off.pause_s(self._times, self._chance())
        self._budget.put_off(*self._name, pause_s, self.turn.began_s if began_s is None else began_s)
        if not off.repeatable:
            return False
        tried_s = now_s - self._first_s
        if tried_s + pause_s > self._budget.limits.patience_s:
            raise StillPutOff(heard.status, self._told(tried_s, pause_s))
        return True

    def _told(self, tried_s: float, pause_s: float) -> str:
        cloud, service = self._name
        return (
            f"cloud {cloud} put off a call to {service} {self._times} times within {tried_s:.0f} s and wants it not "
            f"before another {pause_s:.0f} s, longer than is waited (cloud_patience_s = "
            f"{self._budget.limits.patience_s:g}); {LATER}"
        )
