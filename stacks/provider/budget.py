"""What one cloud bears: calls at once and calls per second, shared by all stacks of a process in fair turns.

Why not the limits of openstacksdk: docs/decisions/0034.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final

from stacks.provider.again import UNAVAILABLE
from stacks.provider.cloud_error import Interrupted, StillPutOff
from stacks.provider.limits import USUAL, Limits
from stacks.provider.line import Caller, Line, Place
from stacks.provider.tally import Tally

LATER: Final = (
    "run it again later, and where this happens often, lower cloud_calls_at_once or ask the provider for a higher rate"
)
"""What cures a call that was put off for too long."""
_LONGEST_REST_S: Final = 3600.0
"""After that one call asks anew: a header that a proxy got wrong must not shut a service until the process ends."""

Before = Callable[[], None]
"""Called right before a call goes out; what it raises keeps the call back."""


def _wait(changed: threading.Condition, limit_s: float | None) -> None:
    changed.wait(limit_s)


class Budget:
    """The turns at one cloud. Threads share it.

    A cloud that puts calls off gets half as many at once, and one more after each round that went well: so several
    processes that know nothing of each other come to what the cloud bears.
    """

    def __init__(
        self,
        limits: Limits = USUAL,
        now_s: Callable[[], float] = time.monotonic,
        wait: Callable[[threading.Condition, float | None], None] = _wait,
    ) -> None:
        """`now_s` is a clock that never goes back; `wait` waits for the condition, at most so many seconds."""
        self._limits = limits
        self.now_s = now_s
        self._wait = wait
        self._lock = threading.Lock()
        self._line = Line()
        self._allowed = limits.at_once
        self._went_well = 0
        self._cut_s = -float("inf")
        self._out = 0
        self._most_out = 0
        self._next_start_s = -float("inf")
        self._shut_until_s: dict[str, float] = {}
        self._tallies: dict[tuple[str, str], Tally] = {}

    @property
    def limits(self) -> Limits:
        """What holds now."""
        return self._limits

    @property
    def allowed(self) -> int:
        """How many calls may be out now: fewer than the limit after the cloud put some off."""
        return self._allowed

    @property
    def most_out(self) -> int:
        """How many calls were out at the same time at most."""
        return self._most_out

    def tallies(self) -> Mapping[tuple[str, str], Tally]:
        """What became of the calls so far, by cloud and service."""
        with self._lock:
            return dict(self._tallies)

    def tighten(self, limits: Limits) -> None:
        """Let the narrower of both hold: two profiles of one cloud may say different things."""
        with self._lock:
            self._limits = self._limits.narrowed(limits)
            self._allowed = min(self._allowed, self._limits.at_once)

    def turn(
        self, caller: Caller, cloud: str, service: str, before: Before | None = None, *, content: bool = False
    ) -> "Turn":
        """The turn of one call, to be entered around it.

        One that sends `content` as long as it takes gives its place back once it has begun: it may take hours, and
        where a cloud puts calls off there may be one place only.
        """
        caller.waits_at(self.wake)
        return Turn(self, Place(caller, service), (cloud, service), before, content)

    def put_off(self, cloud: str, service: str, pause_s: float, began_s: float) -> None:
        """Let nothing out to the service for so long, and less at once. `began_s`: when the call went out."""
        with self._lock:
            now_s = self.now_s()
            self._count((cloud, service), Tally(put_off=1))
            until_s = now_s + min(pause_s, _LONGEST_REST_S)
            self._shut_until_s[service] = max(self._shut_until_s.get(service, now_s), until_s)
            if began_s >= self._cut_s:  # those that were out together are put off together: they count once
                self._allowed, self._went_well, self._cut_s = max(1, self._allowed // 2), 0, now_s
            self._line.tell_all()

    def went_well(self) -> None:
        """One more call was answered."""
        with self._lock:
            self._went_well += 1
            if self._allowed < self._limits.at_once and self._went_well >= self._allowed:
                self._allowed, self._went_well = self._allowed + 1, 0
                self._pass_on()

    def wake(self) -> None:
        """Let everybody who waits look again."""
        with self._lock:
            self._line.tell_all()

    def enter(self, place: Place, name: tuple[str, str]) -> None:
        """Nothing, once it is the place's turn.

        Raises:
            Interrupted: The caller was told to stop while it waited.
            StillPutOff: The service wants to be left alone for longer than the patience for a call.
        """
        with self._lock:
            came_s, waited = self.now_s(), False
            self._line.join(place)
            try:
                # one look at the clock for both questions: what opens between them would be waited for without end
                while self._first(now_s := self.now_s()) is not place:
                    if place.caller.stopped:
                        raise Interrupted("the run was asked to stop while it waited for its turn at the cloud")
                    self._bear(place, name[0], came_s)
                    waited = True
                    place.changed = place.changed or threading.Condition(self._lock)
                    self._wait(place.changed, self._pause_s(place, now_s))
                self._out += 1
            finally:
                self._line.leave(place)
                self._pass_on()
            self._most_out = max(self._most_out, self._out)
            if self._limits.per_s:
                self._next_start_s = max(now_s, self._next_start_s) + 1 / self._limits.per_s
            self._count(name, Tally(1, 0, int(waited), now_s - came_s if waited else 0.0))

    def leave(self) -> None:
        """The call is over."""
        with self._lock:
            self._out -= 1
            self._pass_on()

    def _pass_on(self) -> None:
        """Let who is first now look again; where the clock alone keeps all who wait, let them see for how long."""
        if first := self._first(self.now_s()):
            first.tell()
        elif self._out < self._allowed:
            self._line.tell_all()

    def _first(self, now_s: float) -> Place | None:
        """Who may go now."""
        if self._out >= self._allowed or now_s < self._next_start_s:
            return None
        return self._line.first(lambda service: now_s >= self._shut_until_s.get(service, now_s))

    def _pause_s(self, place: Place, now_s: float) -> float | None:
        """After how long the place may be first though nothing else happens; None: something must happen."""
        until_s = max(self._shut_until_s.get(place.service, now_s), self._next_start_s)
        return until_s - now_s if until_s > now_s else None

    def _bear(self, place: Place, cloud: str, came_s: float) -> None:
        """Nothing, where the service opens while the call's patience lasts.

        Raises:
            StillPutOff: It does not: whoever waited would stand there for as long as a cloud likes.
        """
        until_s, patience_s = self._shut_until_s.get(place.service, came_s), self._limits.patience_s
        if until_s - came_s > patience_s:
            raise StillPutOff(
                UNAVAILABLE,
                f"cloud {cloud} puts calls to {place.service} off and wants none before another "
                f"{until_s - self.now_s():.0f} s, longer than is waited (cloud_patience_s = {patience_s:g}); {LATER}",
            )

    def _count(self, name: tuple[str, str], more: Tally) -> None:
        self._tallies[name] = self._tallies.get(name, Tally()) + more


@dataclass(slots=True)
class Turn:
    """One call's turn: a semaphore as keystoneauth takes it for a request."""

    _budget: Budget
    _place: Place
    _name: tuple[str, str]
    _before: Before | None
    _content: bool
    began_s: float = field(default=0.0, init=False)
    """When the call went out, by the budget's clock."""

    def __enter__(self) -> None:
        """Nothing, once the call may go out.

        Raises:
            Interrupted: The caller was told to stop while it waited.
            StillPutOff: The service wants to be left alone for longer than the patience for a call.
        """
        self._budget.enter(self._place, self._name)
        try:
            if self._before:
                self._before()
        except BaseException:
            self._budget.leave()
            raise
        self.began_s = self._budget.now_s()
        if self._content:
            self._budget.leave()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The call is over, however it ended."""
        if not self._content:
            self._budget.leave()
