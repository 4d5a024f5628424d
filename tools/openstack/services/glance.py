"""Glance: the API with a store of plain files."""

import os

from tools.openstack.services import sqlite_engine
from tools.openstack.services.place import Place
from tools.openstack.services.serving import serve


def run(place: Place) -> None:
    """Serve until the process ends."""
    sqlite_engine.tune()
    os.environ["OS_GLANCE_CONFIG_DIR"] = str(place.etc)
    os.environ["OS_GLANCE_CONFIG_FILES"] = "glance-api.conf"
    from glance.wsgi.api import application

    serve(application, place)
