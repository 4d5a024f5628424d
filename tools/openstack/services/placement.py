"""Placement: the API."""

import os

from tools.openstack.services import sqlite_engine
from tools.openstack.services.place import Place
from tools.openstack.services.serving import serve


def run(place: Place) -> None:
    """Serve until the process ends."""
    sqlite_engine.tune()
    os.environ["OS_PLACEMENT_CONFIG_DIR"] = str(place.etc)
    from placement.wsgi.api import application

    serve(application, place)
