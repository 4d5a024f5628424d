"""The gateway as a whole: up, down, reset, status."""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from tools import processes
from tools.ceph import daemons, light, packages
from tools.ceph.daemons import ORDER, Cluster
from tools.ceph.errors import GatewayError
from tools.ceph.layout import Layout
from tools.debian import PackagesMissing
from tools.locks import held
from tools.openstack.passwords import write_private
from tools.progress import Steps

Store: TypeAlias = Literal["bluestore", "memstore"]
Write: TypeAlias = Callable[[str], None]
PORTS = 3
UP_STEPS, FETCH_STEPS = 5, 3


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the gateway is; `kind` is `ceph` or `moto`, `admin_url` and `store` are null for moto."""

    kind: Literal["ceph", "moto"]
    s3_url: str
    admin_url: str | None
    store: str | None
    pids: Mapping[str, int]


def fetch(cache: Path, write: Write = print) -> Path:
    """The unpacked packages in the mirror's present versions."""
    steps = Steps(FETCH_STEPS, write)
    root = packages.fetch(cache, steps)
    steps.finish(f"packages in {root}")
    return root


def up(
    layout: Layout, cache: Path, write: Write = print, *, store: Store = "bluestore", fallback: bool = False
) -> Endpoints:
    """The endpoints of a gateway that answers; what runs already is kept, what is half up is started again.

    `store` counts for a new cluster: bluestore keeps its data, memstore forgets them when it stops.
    With `fallback` a light S3 server takes its place where Ceph's packages cannot be had.
    """
    with held(layout.lock):
        if (running := _running(layout)) is not None:
            write(f"already up: {running.s3_url} ({running.kind})")
            return running
        _stop(layout)
        for folder in ("run", "log"):
            (layout.state / folder).mkdir(parents=True, exist_ok=True)
        try:
            return _start(layout, cache, write, store=store, fallback=fallback)
        except BaseException:
            _stop(layout)
            raise


def down(layout: Layout, write: Write = print) -> None:
    """Stop the gateway, keep its data."""
    with held(layout.lock):
        stopped = _stop(layout)
    write(f"stopped {stopped} processes" if stopped else "nothing ran")


def reset(layout: Layout, write: Write = print) -> None:
    """Stop the gateway and forget its data, ports and keys."""
    if not layout.state.exists():
        write(f"nothing in {layout.state}")
        return
    with held(layout.lock):
        _stop(layout)
        shutil.rmtree(layout.state)
    write(f"forgot {layout.state}")


def read(layout: Layout) -> Endpoints | None:
    """The endpoints that were written down, running or not."""
    try:
        return Endpoints(**json.loads(layout.endpoints.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _running(layout: Layout) -> Endpoints | None:
    """The endpoints when each of their processes runs."""
    known = read(layout)
    if known is None:
        return None
    is_whole = all(processes.running(layout.pid_file(name)) for name in known.pids)
    return known if is_whole else None


def _stop(layout: Layout) -> int:
    """How many processes were stopped: gateway first, monitor last."""
    layout.endpoints.unlink(missing_ok=True)
    return sum(processes.stop(layout.pid_file(name)) for name in (light.MOTO, *reversed(ORDER)))


def _start(layout: Layout, cache: Path, write: Write, *, store: Store, fallback: bool) -> Endpoints:
    steps = Steps(UP_STEPS + (0 if packages.known(cache) else FETCH_STEPS), write)
    try:
        root = packages.ensure(cache, steps)
    except PackagesMissing as missing:
        if not fallback:
            raise
        write(f"{missing}")
        write("a light S3 server (moto) takes Ceph's place: it enforces no policy, no quota and no signature")
        return _start_light(layout)
    return _start_ceph(Cluster(layout, root, _port_base(layout)), store, steps)


def _start_light(layout: Layout) -> Endpoints:
    port = _port_base(layout) + PORTS - 1
    _write_keys(layout, light.start(layout, port))
    return _write(layout, Endpoints("moto", f"http://127.0.0.1:{port}", None, None, _pids(layout, light.MOTO)))


def _start_ceph(cluster: Cluster, store: Store, steps: Steps) -> Endpoints:
    layout = cluster.layout
    kept = _kept_store(layout)
    if kept not in (None, "memstore", store):
        raise GatewayError(f"starting Ceph on {store}: {layout.data} holds data of {kept}; reset to forget them")
    new = kept != "bluestore"
    with steps.step("a new cluster" if new else "the cluster with its data"):
        if new:
            shutil.rmtree(layout.data, ignore_errors=True)
            daemons.make(cluster, store)
    with steps.step("monitor"):
        daemons.start_mon(cluster)
    with steps.step(f"OSD ({store})"):
        daemons.start_osd(cluster, new=new)
    with steps.step("gateway"):
        if new:
            daemons.make_pools(cluster)
        daemons.start_rgw(cluster)
    with steps.step("user broker with the admin API's rights"):
        if new:
            _write_keys(layout, daemons.make_user(cluster))
            layout.complete.write_text(store)
    url = f"http://127.0.0.1:{cluster.s3_port}"
    steps.finish(f"S3 and admin API: {url}, keys in {layout.credentials}")
    return _write(layout, Endpoints("ceph", url, f"{url}/admin", store, _pids(layout, *ORDER)))


def _kept_store(layout: Layout) -> str | None:
    return layout.complete.read_text() if layout.complete.exists() else None


def _port_base(layout: Layout) -> int:
    """The ports of this state folder, chosen once."""
    if not layout.port_base.exists():
        layout.port_base.write_text(str(processes.free_port_block(PORTS)))
    return int(layout.port_base.read_text())


def _pids(layout: Layout, *names: str) -> dict[str, int]:
    found = {name: processes.running(layout.pid_file(name)) for name in names}
    return {name: process.pid for name, process in found.items() if process}


def _write_keys(layout: Layout, keys: Mapping[str, str]) -> None:
    write_private(layout.credentials, json.dumps({"user": "broker", **keys}, indent=2) + "\n")


def _write(layout: Layout, endpoints: Endpoints) -> Endpoints:
    write_private(layout.endpoints, json.dumps(asdict(endpoints), indent=2) + "\n")
    return endpoints
