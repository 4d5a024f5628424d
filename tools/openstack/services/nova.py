"""Nova: API, conductor, scheduler and one compute service in this process, all with native threads."""

import os
import shlex
import sys
import time

from tools.openstack.services.place import Place
from tools.openstack.services.serving import serve


def run(place: Place) -> None:
    """Serve until the process ends."""
    configure(place)
    # importing the application reads the configuration and opens the RPC transport and the databases
    from nova.wsgi.osapi_compute import application

    prepare_host()
    from tools.openstack.services.launch import end_at_once

    sys.excepthook = end_at_once  # oslo.log put its own there
    # the compute service asks Placement, and so Keystone, as soon as it starts
    while not place.identity_ready.exists():
        time.sleep(0.1)
    workers = start_workers()
    discover_host()
    serve(application, place)
    del workers


def configure(place: Place) -> None:
    """Choose threads instead of eventlet; must come before anything imports oslo.messaging."""
    os.environ["OS_NOVA_DISABLE_EVENTLET_PATCHING"] = "true"
    os.environ["OS_NOVA_CONFIG_DIR"] = str(place.etc)
    os.environ["OS_NOVA_CONFIG_FILES"] = "nova-api-paste.ini;nova.conf"
    from nova import monkey_patch

    monkey_patch.patch(backend="threading")
    from tools.openstack.services import fake_rpc, sqlite_engine

    sqlite_engine.tune()
    fake_rpc.tune()


def prepare_host() -> None:
    """What `nova-compute` does before it creates its service."""
    import os_brick
    import os_vif
    from oslo_privsep import priv_context

    from nova import conf, utils

    priv_context.init(root_helper=shlex.split(utils.get_root_helper()))
    os_brick.setup(conf.CONF)
    os_vif.initialize()


def start_workers() -> list[object]:
    """The three workers, started."""
    from nova.compute import rpcapi

    from nova import service

    workers = []
    for binary, topic, alternative in (
        ("nova-conductor", "conductor", None),
        ("nova-scheduler", "scheduler", None),
        ("nova-compute", rpcapi.RPC_TOPIC, getattr(rpcapi, "RPC_TOPIC_ALT", None)),
    ):
        worker = service.Service.create(binary=binary, topic=topic, topic_alt=alternative)
        if binary == "nova-compute":
            recall_guests(worker.manager.driver)
        worker.start()
        workers.append(worker)
    return workers


def recall_guests(driver) -> None:
    """Give the fake hypervisor, which keeps its guests in memory, those back that the database knows."""
    from nova.virt import fake

    from nova import conf, context, objects

    for guest in objects.InstanceList.get_by_host(context.get_admin_context(), conf.CONF.host):
        driver.instances[guest.uuid] = fake.FakeInstance(guest.name, guest.power_state, guest.uuid)


def discover_host() -> None:
    """What `nova-manage cell_v2 discover_hosts` does, without another interpreter."""
    from nova.objects import host_mapping

    from nova import context

    host_mapping.discover_hosts(context.get_admin_context())
