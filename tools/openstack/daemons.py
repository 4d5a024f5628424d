"""The service processes of one cloud."""

from collections.abc import Collection, Mapping

from tools import processes
from tools.openstack.catalogue import ALWAYS, ON_DEMAND, SERVICES, Service
from tools.openstack.errors import SandboxError
from tools.openstack.layout import Cache, Layout
from tools.openstack.packages import environment
from tools.processes import Process
from tools.progress import Tell


def of_cloud(layout: Layout) -> tuple[Service, ...]:
    """The services that this cloud has, in the order they start."""
    chosen = layout.chosen.read_text().split() if layout.chosen.exists() else []
    return (*ALWAYS, *(service for service in ON_DEMAND if service.name in chosen))


def choose(layout: Layout, names: Collection[str]) -> None:
    """Add services on demand to the cloud; those that it has stay."""
    known = {service.name for service in of_cloud(layout)}
    more = [service.name for service in ON_DEMAND if service.name in {*known, *names}]
    layout.chosen.write_text("".join(f"{name}\n" for name in more))


def running(layout: Layout) -> Mapping[str, Process]:
    """Those that run, by service."""
    found = {service.name: processes.running(layout.pid_file(service.name)) for service in SERVICES}
    return {name: process for name, process in found.items() if process}


def refuse_taken_ports(layout: Layout, port_base: int) -> None:
    """Raise SandboxError if somebody else listens where a service of ours is going to."""
    ours = running(layout)
    ports = [port for service in of_cloud(layout) if service.name not in ours for port in service.ports(port_base)]
    taken = [str(port) for port in ports if not processes.is_port_free(port)]
    if taken:
        cure = "end what listens there, or `reset` this cloud, which then chooses other ports"
        raise SandboxError(
            f"starting the services of {layout.state}: port {', '.join(taken)} is taken by another; {cure}"
        )


def start(service: Service, layout: Layout, cache: Cache, port_base: int) -> Process:
    """The process of the service, started if it does not run."""
    program = [str(cache.python), "-P", "-m", "tools.openstack.services.launch"]
    return processes.start(
        [*program, service.name, str(layout.state), str(service.ports(port_base).start)],
        pid_file=layout.pid_file(service.name),
        log_file=layout.output(service.name),
        env=environment(),
    )


def wait(service: Service, process: Process, layout: Layout, port_base: int) -> None:
    """Return when the process itself listens on all ports of the service."""
    for port in service.ports(port_base):
        processes.wait_for_port(process, port, name=service.name, log_file=layout.output(service.name))


def stop(layout: Layout, tell: Tell) -> None:
    """End all services of this cloud, and nothing else."""
    stopped = processes.stop_all([layout.pid_file(service.name) for service in SERVICES])
    layout.identity_ready.unlink(missing_ok=True)
    tell(f"{len(stopped)} services stopped" if stopped else "no service was running")
