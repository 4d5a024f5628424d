"""Serve a WSGI application with threads, without a web server."""

import waitress

from tools.openstack.services import token_cache
from tools.openstack.services.place import HOST, Place

THREADS = 16


def serve(application: object, place: Place) -> None:
    """Answer requests until the process ends; clients keep connections, so many are allowed and none idles out."""
    waitress.serve(
        token_cache.with_cache(application),
        host=HOST,
        port=place.port,
        threads=THREADS,
        connection_limit=1000,
        channel_timeout=300,
        backlog=256,
        clear_untrusted_proxy_headers=True,
        max_request_body_size=1 << 40,
    )
