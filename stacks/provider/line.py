"""Who waits at one cloud, in fair turns: of the callers who wait, the one whose last turn is longest ago is next."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass


class Caller:
    """Whose turn it is: one operation on one stack, or whoever else calls."""

    def __init__(self) -> None:
        self.stopped = False
        self._woken: set[Callable[[], None]] = set()

    def stop(self) -> None:
        """Let every wait of this caller end as interrupted, those to come too; what need not wait goes out."""
        self.stopped = True
        for wake in tuple(self._woken):
            wake()

    def waits_at(self, wake: Callable[[], None]) -> None:
        """Remember where this caller may wait. `wake` lets everybody there look again."""
        self._woken.add(wake)


@dataclass(eq=False, slots=True)
class Place:
    """One call that waits or is about to: whose it is, and of which service."""

    caller: Caller
    service: str
    changed: threading.Condition | None = None
    """Told when it should look again; only where it waits."""

    def tell(self) -> None:
        """Let it look again, if it waits."""
        if self.changed:
            self.changed.notify()


class Line:
    """The places, by caller. Whoever shares it between threads holds a lock around all that it does."""

    def __init__(self) -> None:
        self._places: dict[Caller, deque[Place]] = {}
        """The next in turn first."""

    def join(self, place: Place) -> None:
        """It waits behind all others of its caller, and a caller who is new behind all callers."""
        self._places.setdefault(place.caller, deque()).append(place)

    def leave(self, place: Place) -> None:
        """It waits no more, and its caller goes behind all others who wait."""
        places = self._places.pop(place.caller)
        places.remove(place)
        if places:
            self._places[place.caller] = places

    def first(self, is_open: Callable[[str], bool]) -> Place | None:
        """Of the caller who waits longest since his last turn, his first whose service is open; else of the next."""
        for places in self._places.values():
            for place in places:
                if is_open(place.service):
                    return place
        return None

    def tell_all(self) -> None:
        """Let everybody who waits look again."""
        for places in self._places.values():
            for place in places:
                place.tell()
