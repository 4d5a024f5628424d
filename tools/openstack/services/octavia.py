"""Octavia: the API, and what stands for its controller worker in the same process."""

import sys
import threading

from tools.openstack.services import fake_rpc, sqlite_engine
from tools.openstack.services.place import Place
from tools.openstack.services.serving import serve


def run(place: Place) -> None:
    """Serve until the process ends."""
    sqlite_engine.tune()
    fake_rpc.tune()
    from octavia.api import app

    application = app.setup_app(argv=[*sys.argv, "--config-file", str(place.etc / "octavia.conf")])
    from tools.openstack.services import octavia_worker

    # its sessions read before they write, which SQLite refuses to two at once (see sqlite_engine), and one request has
    # several of them, which would wait for each other: so one request, or one round of the worker, at a time
    alone = threading.Lock()
    octavia_worker.start(alone, place.data / "octavia")
    serve(one_at_a_time(application, alone), place)


def one_at_a_time(application, lock):
    """The application under a lock; it answers from memory, so nothing of a body is left to do after the call."""

    def wrapped(environ, start_response):
        with lock:
            return application(environ, start_response)

    return wrapped
