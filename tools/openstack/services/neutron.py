"""Neutron: the API with ML2, router and QoS; no agents."""

import os

from tools.openstack.services import fake_rpc, sqlite_engine
from tools.openstack.services.place import Place
from tools.openstack.services.serving import serve


def run(place: Place) -> None:
    """Serve until the process ends."""
    sqlite_engine.tune()
    fake_rpc.tune()
    os.environ["OS_NEUTRON_CONFIG_DIR"] = str(place.etc)
    os.environ["OS_NEUTRON_CONFIG_FILES"] = "neutron.conf"
    from neutron.wsgi.api import application

    serve(application, place)
