"""Where a gateway keeps its state, and where the packages that several share are cached."""

import os
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
TEMPLATE = Path(__file__).resolve().parent / "templates" / "ceph.conf"


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of one gateway below its state folder."""

    state: Path

    @property
    def data(self) -> Path:
        """Configuration, keyring and what the daemons store; forgotten as a whole."""
        return self.state / "cluster"

    @property
    def configuration(self) -> Path:
        """The cluster's `ceph.conf`."""
        return self.data / "ceph.conf"

    @property
    def keyring(self) -> Path:
        """The keys of all daemons and of `client.admin`, for the owner only."""
        return self.data / "keyring"

    @property
    def complete(self) -> Path:
        """Names the object store of a cluster that once came up whole; without it the data are of no use."""
        return self.data / "complete"

    @property
    def port_base(self) -> Path:
        """The first of the three ports, chosen once: monitor (v2, v1), then S3."""
        return self.state / "port_base"

    @property
    def credentials(self) -> Path:
        """Keys of the user `broker`, for the owner only."""
        return self.state / "credentials.json"

    @property
    def endpoints(self) -> Path:
        """Addresses, kind and pids of the running gateway."""
        return self.state / "endpoints.json"

    @property
    def lock(self) -> Path:
        """Held while the gateway is being changed."""
        return self.state / "lock"

    def pid_file(self, daemon: str) -> Path:
        """The pid file of a daemon."""
        return self.state / "run" / f"{daemon}.pid"

    def log(self, daemon: str) -> Path:
        """What a daemon writes outside of its own log in `log/`."""
        return self.state / "log" / f"{daemon}.out"


def default_state() -> Path:
    """The state folder in the checkout."""
    return CHECKOUT / ".sandbox" / "ceph"


def user_cache() -> Path:
    """The folder of packages in the user cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "govcloud-broker" / "ceph"
