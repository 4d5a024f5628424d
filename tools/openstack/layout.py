"""Where a cloud keeps its state, and where what several clouds share is cached."""

import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
LOCK_FILE = HERE / "requirements.lock"
SCHEMA_MODULES = tuple(HERE / "services" / f"{name}_schema.py" for name in ("neutron", "octavia"))


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of one cloud below its state folder."""

    state: Path

    @property
    def etc(self) -> Path:
        """Rendered configuration, keys of Keystone, rings of Swift."""
        return self.state / "etc"

    @property
    def databases(self) -> Path:
        """SQLite files; the folder exists only when it is complete."""
        return self.state / "db"

    @property
    def data(self) -> Path:
        """What the services store outside of their databases."""
        return self.state / "data"

    @property
    def logs(self) -> Path:
        """One `.log` per service, and `.out` for what it writes outside of its log."""
        return self.state / "log"

    @property
    def run(self) -> Path:
        """Pid files, and the mark `identity-ready`."""
        return self.state / "run"

    @property
    def port_base(self) -> Path:
        """The first port of this cloud, chosen once: the catalogue names it."""
        return self.state / "port_base"

    @property
    def chosen(self) -> Path:
        """Names of the services on demand that this cloud has, one a line; once chosen they stay."""
        return self.state / "services"

    @property
    def secrets(self) -> Path:
        """The passwords, for the owner only."""
        return self.state / "secrets.json"

    @property
    def clouds_yaml(self) -> Path:
        """The clients' `clouds.yaml`, for the owner only."""
        return self.state / "clouds.yaml"

    @property
    def endpoints(self) -> Path:
        """Addresses and pids of the running cloud."""
        return self.state / "endpoints.json"

    @property
    def lock(self) -> Path:
        """Held while the cloud is being changed."""
        return self.state / "lock"

    @property
    def identity_ready(self) -> Path:
        """Exists while service users and catalogue are known to be there; the compute service waits for it."""
        return self.run / "identity-ready"

    def pid_file(self, service: str) -> Path:
        """The pid file of a service."""
        return self.run / f"{service}.pid"

    def output(self, service: str) -> Path:
        """What a service writes outside of its log; a crash ends here."""
        return self.logs / f"{service}.out"

    @property
    def everything(self) -> tuple[Path, ...]:
        """All that a cloud may have made in its state folder; the lock last."""
        folders = (self.etc, self.databases, self.data, self.logs, self.run)
        return (*folders, self.port_base, self.chosen, self.secrets, self.clouds_yaml, self.endpoints, self.lock)


@dataclass(frozen=True, slots=True)
class Cache:
    """What clouds of the same pins and the same interpreter share."""

    folder: Path

    @property
    def packages(self) -> Path:
        """The virtual environment of the services."""
        return self.folder / "venv"

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.packages / "bin" / "python"

    @property
    def installed(self) -> Path:
        """Exists when the environment is complete."""
        return self.packages / ".complete"

    @property
    def templates(self) -> Path:
        """Fresh databases, ready to be copied; the folder exists only when it is complete."""
        schemas = b"".join(module.read_bytes() for module in SCHEMA_MODULES)
        return self.folder / f"databases-{_digest(schemas)}"

    @property
    def lock(self) -> Path:
        """Held while something is put in."""
        return self.folder / "lock"


def default_state(name: str) -> Path:
    """The state folder of a named cloud in the checkout; git ignores it."""
    return CHECKOUT / ".sandbox" / name


def user_cache() -> Cache:
    """The cache for the pinned packages under the running interpreter's version, below `XDG_CACHE_HOME`."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    version = f"{sys.implementation.name} {sys.version_info.major}.{sys.version_info.minor}"
    digest = _digest(LOCK_FILE.read_bytes() + version.encode())
    return Cache(base.absolute() / "govcloud-broker" / "openstack" / digest)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
