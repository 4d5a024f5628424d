"""Swift: proxy, object, container and account server as green threads of this process; one device, one replica.

Left out, as one node hardly needs them: replicators, updaters, auditors and the object expirer.
"""

from tools.openstack.services.place import HOST, Place

STORAGE = ("object", "container", "account")
PARTITION_POWER = 4


def run(place: Place) -> None:
    """Serve the proxy at the first port and the storage servers at the three behind it."""
    import eventlet

    eventlet.monkey_patch()
    configure(place)
    for number, kind in enumerate(STORAGE, 1):
        make_ring(place, kind, place.port + number)
        spawn(place, kind, place.port + number)
    spawn(place, "proxy", place.port).wait()


def configure(place: Place) -> None:
    """Read `swift.conf`, which Swift looks for in /etc."""
    from swift.common import storage_policy, utils

    utils.SWIFT_CONF_FILE = str(place.etc / "swift" / "swift.conf")
    utils.validate_configuration()
    storage_policy.reload_storage_policies()
    (place.data / "swift" / "d1").mkdir(parents=True, exist_ok=True)


def make_ring(place: Place, kind: str, port: int) -> None:
    """The file that says where each partition is: all on the one device."""
    from swift.common.ring import RingBuilder

    ring = place.etc / "swift" / f"{kind}.ring.gz"
    if ring.exists():
        return
    builder = RingBuilder(PARTITION_POWER, 1, 0)
    builder.add_dev({"id": 0, "region": 1, "zone": 1, "ip": HOST, "port": port, "device": "d1", "weight": 1})
    builder.rebalance()
    builder.get_ring().save(str(ring))


def spawn(place: Place, kind: str, port: int):
    """The green thread of one server, listening."""
    import eventlet
    import eventlet.wsgi
    from swift.common.wsgi import SwiftHttpProtocol, loadapp

    configuration = str(place.etc / "swift" / f"{kind}-server.conf")
    return eventlet.spawn(
        eventlet.wsgi.server,
        eventlet.listen((HOST, port), backlog=256, reuse_port=False),
        loadapp(configuration, global_conf={"log_name": kind}),
        log_output=False,
        keepalive=True,
        # keeps the raw path and adds no Content-Type; without it every S3 signature mismatches
        protocol=SwiftHttpProtocol,
        capitalize_response_headers=False,
    )
