"""The `swift.cache` of a WSGI environment, kept in a dict.

keystonemiddleware caches validated tokens in memcached or in this object, Swift its container listings too; each
service is one process here, so a dict does what memcached would.
"""

import pickle
import time as clock

MAX_ENTRIES = 20_000


class Cache:
    """The calls of Swift's memcached client that the services make; values are copied, as over a wire."""

    def __init__(self):
        self._entries = {}

    def get(self, key, server_key=None, raise_on_error=False):
        """The value, or None when there is none or it expired."""
        packed, expires_at = self._entries.get(key, (None, 0))
        if packed is None or (expires_at and expires_at < clock.time()):
            self._entries.pop(key, None)
            return None
        return pickle.loads(packed)  # noqa: S301 - only what this very process packed

    def set(self, key, value, serialize=True, time=0, min_compress_len=0, raise_on_error=False, **kwargs):
        """Keep the value for `time` seconds, for ever when 0."""
        if len(self._entries) > MAX_ENTRIES:
            self._entries.clear()
        self._entries[key] = (pickle.dumps(value), clock.time() + time if time else 0)

    def incr(self, key, delta=1, time=0, raise_on_error=False):
        """The counter after adding `delta`, never below zero."""
        value = max(0, (self.get(key) or 0) + delta)
        self.set(key, value, time=time)
        return value

    def decr(self, key, delta=1, time=0):
        """The counter after subtracting `delta`, never below zero."""
        return self.incr(key, -delta, time)

    def delete(self, key, server_key=None):
        """Forget the value."""
        self._entries.pop(key, None)

    def set_multi(self, mapping, server_key=None, serialize=True, time=0, **kwargs):
        """Keep several values."""
        for key, value in mapping.items():
            self.set(key, value, time=time)

    def get_multi(self, keys, server_key=None, **kwargs):
        """The values in the order of the keys."""
        return [self.get(key) for key in keys]


def with_cache(application):
    """The application, with one cache for all its requests."""
    cache = Cache()

    def wrapped(environ, start_response):
        environ["swift.cache"] = cache
        return application(environ, start_response)

    return wrapped


def filter_factory(global_conf, **conf):
    """The same as a Paste filter, for Swift's pipeline."""
    return with_cache
