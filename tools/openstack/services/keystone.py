"""Keystone: the API, and its bootstrap in the same process."""

import os

from tools.openstack.services import sqlite_engine
from tools.openstack.services.place import HOST, Place
from tools.openstack.services.serving import serve


def run(place: Place) -> None:
    """Serve; the first administrator, the standard roles and Keystone's own catalogue entry are there before."""
    sqlite_engine.tune()
    os.environ["OS_KEYSTONE_CONFIG_DIR"] = str(place.etc)
    os.environ["OS_KEYSTONE_CONFIG_FILES"] = "keystone.conf"
    from keystone.wsgi.api import application

    bootstrap(place)
    serve(application, place)


def bootstrap(place: Place) -> None:
    """What `keystone-manage bootstrap` does, idempotent, without another interpreter."""
    from keystone.cmd import bootstrap as command

    command.backends.load_backends = lambda: None  # the application has loaded them
    first = command.Bootstrapper()
    first.admin_username = first.project_name = first.admin_role_name = "admin"
    first.admin_password = place.admin_password()
    first.service_name, first.region_id = "keystone", "RegionOne"
    first.public_url = first.internal_url = first.admin_url = f"http://{HOST}:{place.port}/v3"
    first.immutable_roles = True
    first.bootstrap()
