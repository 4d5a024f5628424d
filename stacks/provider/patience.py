"""Waiting that loses no id: what exists but did not get ready in time stays known."""

from collections.abc import Awaitable
from typing import TypeVar

from stacks.provider.cloud_error import CloudError, Interrupted
from stacks.provider.resource_type import Incomplete

_T = TypeVar("_T")


async def kept(id_: str, waiting: Awaitable[_T]) -> _T:
    """What the wait gives back.

    Raises:
        Incomplete: It did not end well; the id stays in the state and the next run goes on from there.
    """
    try:
        return await waiting
    except (Interrupted, TimeoutError, CloudError) as error:
        raise Incomplete(id_, str(error)) from error
