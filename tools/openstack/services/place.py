"""Where a service finds its configuration, data and port."""

import json
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Place:
    """The state folder of the cloud and the first port of this service."""

    state: Path
    port: int

    @property
    def etc(self) -> Path:
        """The rendered configuration."""
        return self.state / "etc"

    @property
    def data(self) -> Path:
        """What the services store outside of their databases."""
        return self.state / "data"

    @property
    def identity_ready(self) -> Path:
        """A file that exists while service users and catalogue are known to be there."""
        return self.state / "run" / "identity-ready"

    def admin_password(self) -> str:
        """The password of this cloud's first administrator."""
        return json.loads((self.state / "secrets.json").read_text())["admin"]
