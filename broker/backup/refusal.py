"""What the broker makes of a cloud's refusal, and of a stop that ended a wait for it."""

from collections.abc import Iterator
from contextlib import contextmanager

from broker.errors import CloudError, Stopped
from stacks.provider.cloud_error import CloudError as ProviderError
from stacks.provider.cloud_error import Interrupted


@contextmanager
def telling(asked: str) -> Iterator[None]:
    """Nothing, where the block went well.

    Raises:
        CloudError: The cloud refused; what was `asked` of it stands before its words.
        Stopped: The work was asked to stop while it waited for the cloud.
    """
    try:
        yield
    except Interrupted as error:
        raise Stopped(f"{asked}: {error}; run it again, it goes on from there") from error
    except ProviderError as error:
        raise CloudError(f"{asked}: {error}") from error
