"""Whose turn it is to be asked about: every stack once in a while, spread over that while. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta


def turns(asked: Mapping[str, datetime | None], at: datetime, every: timedelta, step: timedelta) -> tuple[str, ...]:
    """The stacks to ask about in this step, the one that waits longest first; never asked comes before all.

    No more than a step's share of all stacks, so that a thousand new ones do not come at once.

    Raises:
        ValueError: `every` is shorter than a step.
    """
    if every < step:
        raise ValueError(f"each stack is asked about every {every}, which is less than a step of {step}")
    waiting = [(at - every if last is None else last, stack) for stack, last in asked.items()]
    due = sorted((last, stack) for last, stack in waiting if last <= at - every)
    never = [stack for _, stack in due if asked[stack] is None]
    order = (*never, *(stack for _, stack in due if asked[stack] is not None))
    return order[: _share(len(asked), every, step)]


def _share(count: int, every: timedelta, step: timedelta) -> int:
    """At least one; rounded up, so that all have their turn.

    >>> _share(15, timedelta(hours=6), timedelta(minutes=1)), _share(5000, timedelta(hours=6), timedelta(minutes=1))
    (1, 14)
    """
    return max(1, -(-count * step // every))
