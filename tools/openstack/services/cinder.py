"""Cinder: API, scheduler, volume and backup service as green threads of this process."""

import sys

from tools.openstack.services.place import HOST, Place

DEVICE_BYTES = 1 << 20


def run(place: Place) -> None:
    """Serve until the process ends."""
    patch_interpreter()
    sys.argv += ["--config-file", str(place.etc / "cinder.conf")]
    from tools.openstack.services import fake_rpc, sqlite_engine

    sqlite_engine.tune()
    fake_rpc.tune()
    from cinder.wsgi import wsgi

    application = wsgi.initialize_application()
    let_every_worker_report()
    lend_a_device(place)
    start_workers()
    import eventlet.wsgi

    from tools.openstack.services.token_cache import with_cache

    listener = eventlet.listen((HOST, place.port), backlog=256, reuse_port=False)
    eventlet.wsgi.server(listener, with_cache(application), log_output=False, keepalive=True)


def patch_interpreter() -> None:
    """Green threads, as Cinder's own commands patch them in."""
    import eventlet

    eventlet.monkey_patch()
    import threading

    import __original_module_threading as original

    original.current_thread.__globals__["_active"] = threading._active


def let_every_worker_report() -> None:
    """Let each worker report its own row: the id of the row is shared by the class, so only the last one would."""
    from cinder import service

    report = service.Service.report_state

    def report_state(self):
        service.Service.service_id = self.origin_service_id
        return report(self)

    service.Service.report_state = report_state


def lend_a_device(place: Place) -> None:
    """Let backups read and write one small file: the volumes of the fake driver have no device."""
    from cinder.backup import manager
    from oslo_config import cfg

    device = place.data / "cinder" / "device"
    if not device.exists():
        device.write_bytes(bytes(DEVICE_BYTES))

    class Connector:
        def disconnect_volume(self, *args, **kwargs):
            pass

    def connect(self, connection):
        return {"conn": connection, "device": {"path": str(device)}, "connector": Connector()}

    def properties(*args, **kwargs):
        return {"host": cfg.CONF.host, "ip": cfg.CONF.my_ip, "initiator": "sandbox"}

    manager.BackupManager._connect_device = connect
    manager.volume_utils.brick_get_connector_properties = properties


def start_workers() -> None:
    """Scheduler, one volume service per back end, and backup."""
    import eventlet
    import os_brick
    from oslo_config import cfg

    from cinder import service

    os_brick.setup(cfg.CONF)
    # its start sleeps for one periodic interval (60 s) before it returns
    eventlet.spawn(service.Service.create(binary="cinder-scheduler").start)
    eventlet.sleep(0)
    for backend in cfg.CONF.enabled_backends:
        host = f"{cfg.CONF.host}@{backend}"
        service.Service.create(
            host=host, service_name=backend, binary="cinder-volume", coordination=True, cluster=None
        ).start()
    backup = service.Service.create(binary="cinder-backup", coordination=True, service_name="backup")
    eventlet.spawn(backup.start)
