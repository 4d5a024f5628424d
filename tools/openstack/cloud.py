"""One sandbox cloud from nothing to seeded, and back: each function here is one command."""

import shutil
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools import locks, processes
from tools.openstack import access, catalogue, configuration, daemons, databases, packages, passwords
from tools.openstack.access import Endpoints
from tools.openstack.catalogue import KEYSTONE
from tools.openstack.errors import SandboxError
from tools.openstack.layout import Cache, Layout
from tools.openstack.seed import identity, resources, seeds
from tools.openstack.seed.rest import Api
from tools.progress import Steps

Write = Callable[[str], None]
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """One service: `pid` is None when it does not run, `listening` says whether all its ports are its own."""

    name: str
    port: int
    pid: int | None
    listening: bool
    resident_mib: int


def install(cache: Cache, write: Write = print) -> None:
    """Put packages and database templates into the cache; afterwards `up` needs no network."""
    _fill_cache(cache, Steps(2, write))


def up(layout: Layout, cache: Cache, write: Write = print, *, also: Collection[str] = ()) -> Endpoints:
    """The endpoints of the running, seeded cloud; what exists or runs already is kept, what is missing is done.

    `also` names services on demand that the cloud has from now on.
    """
    claim(layout.state)
    with locks.held(layout.lock):
        daemons.choose(layout, also)
        steps = Steps(7, write)
        _fill_cache(cache, steps)
        secrets = passwords.keep(layout.secrets)
        port_base = _prepare(layout, cache, secrets, steps)
        _start(layout, cache, secrets, port_base, steps)
        _seed(secrets, port_base, steps)
        endpoints = access.write(layout, secrets, port_base)
        resident_mib = sum(service.resident_mib for service in status(layout))
        steps.finish(f"cloud up: {endpoints.auth_url}, {resident_mib} MiB; clients read {layout.clouds_yaml}")
        return endpoints


def down(layout: Layout, write: Write = print) -> None:
    """Stop the services; the state stays."""
    if not layout.state.exists():
        write(f"no cloud in {layout.state}")
        return
    with locks.held(layout.lock):
        _stop(layout, Steps(1, write))


def reset(layout: Layout, write: Write = print) -> None:
    """Stop the services and forget the state; other files in the folder stay."""
    if not layout.secrets.exists() and not layout.lock.exists():
        write(f"no cloud in {layout.state}")
        return
    with locks.held(layout.lock):
        steps = Steps(2, write)
        _stop(layout, steps)
        with steps.step(f"forgetting {layout.state}"):
            for path in (*layout.everything, layout.state / "db.draft"):
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)


def status(layout: Layout) -> Sequence[ServiceStatus]:
    """All services in the order they start; empty where there is no cloud."""
    if not layout.port_base.exists():
        return ()
    port_base = int(layout.port_base.read_text())
    ours = daemons.running(layout)
    rows = []
    for service in daemons.of_cloud(layout):
        process = ours.get(service.name)
        ports = service.ports(port_base)
        listening = process is not None and all(processes.is_listening(process, port) for port in ports)
        resident_mib = processes.resident_bytes(process) // _MIB if process else 0
        rows.append(ServiceStatus(service.name, ports.start, process.pid if process else None, listening, resident_mib))
    return rows


def claim(state: Path) -> None:
    """Make the state folder, for its owner only; raises SandboxError if it holds something that is no cloud."""
    if state.exists() and any(state.iterdir()) and not Layout(state).lock.exists():
        raise SandboxError(f"using {state} for a cloud: it holds other files; name an empty or a new folder")
    state.mkdir(parents=True, exist_ok=True)
    state.chmod(0o700)


def _fill_cache(cache: Cache, steps: Steps) -> None:
    with locks.held(cache.lock):
        with steps.step(f"service packages, {packages.pinned()} pinned") as tell:
            packages.install(cache, tell)
        with steps.step("database templates") as tell:
            databases.prepare_templates(cache, tell)


def _prepare(layout: Layout, cache: Cache, secrets: passwords.Passwords, steps: Steps) -> int:
    """The first port of the cloud, after databases and configuration are there."""
    with steps.step(f"databases and configuration in {layout.state}") as tell:
        if not layout.port_base.exists():
            base = processes.free_port_block(catalogue.PORT_COUNT)
            passwords.write_private(layout.port_base, f"{base}\n")
        port_base = int(layout.port_base.read_text())
        configuration.render(layout, cache, secrets, port_base=port_base)
        fresh = databases.copy_templates(cache, layout)
        databases.map_cells(layout)
        tell(f"{'fresh' if fresh else 'kept'} databases, ports {port_base}-{port_base + catalogue.PORT_COUNT - 1}")
    return port_base


def _start(layout: Layout, cache: Cache, secrets: passwords.Passwords, port_base: int, steps: Steps) -> None:
    daemons.refuse_taken_ports(layout, port_base)
    if KEYSTONE.name not in daemons.running(layout):
        layout.identity_ready.unlink(missing_ok=True)
    services = daemons.of_cloud(layout)
    with steps.step(f"starting {len(services)} services, Keystone first to answer"):
        started = {service: daemons.start(service, layout, cache, port_base) for service in services}
        daemons.wait(KEYSTONE, started[KEYSTONE], layout, port_base)
    with steps.step("service accounts, catalogue, domains, the broker's account"):
        identity.seed(Api.login(port_base, secrets.admin), seeds.load(), secrets, services, port_base)
        layout.identity_ready.touch()
    with steps.step("waiting for the other services") as tell:
        for service, process in started.items():
            daemons.wait(service, process, layout, port_base)
            tell(f"{service.name} answers on port {service.ports(port_base).start}")


def _seed(secrets: passwords.Passwords, port_base: int, steps: Steps) -> None:
    with steps.step("flavors, images, volume types, external networks"):
        resources.seed(Api.login(port_base, secrets.admin), seeds.load())


def _stop(layout: Layout, steps: Steps) -> None:
    with steps.step(f"stopping the services of {layout.state}") as tell:
        daemons.stop(layout, tell)
