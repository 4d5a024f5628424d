"""Where that process listens: a socket in the user's cache folder, one for each installation."""

import os
import sys
import zlib
from collections.abc import Mapping
from pathlib import Path

from broker.cache_folder import broker_cache


def socket_path(environment: Mapping[str, str]) -> Path:
    """`preload-….sock` in the user's cache folder (XDG); the name tells installations apart by their folders.

    Raises:
        RuntimeError: The user has no home.
    """
    installation = zlib.crc32(os.fsencode(f"{sys.prefix} {__file__}"))
    return broker_cache(environment) / f"preload-{installation:08x}.sock"
