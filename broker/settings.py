"""The deployment's settings: one frozen value, read once by wiring from `broker.toml` and the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from broker.errors import SettingsError

PREFIX = "BROKER_"


@dataclass(frozen=True, slots=True)
class Settings:
    """Each field is a key of `broker.toml` and, in capitals with BROKER_ in front, an environment variable."""

    home: Path
    """Folder of the deployment: broker.toml, secrets, ledger, work folders. Environment only (default `.broker`)."""
    registry: Path
    """The git repository with the documents (default: `registry` in the home folder)."""
    remote: str = ""
    """Address of the registry on its git host; the broker keeps a bare copy in `registry`. Empty = it lies there."""
    branch: str = "main"
    """The branch whose first-parent history is the order of documents."""
    dsn: str = ""
    """PostgreSQL of the ledger; empty = the embedded server in the home folder."""
    owner_dsn: str = ""
    """The same database in the role that owns the ledger, used to migrate alone; empty = the role of `dsn` owns it."""
    witness: Path = Path()
    """File to which every checkpoint of the audit log is added (default: `witness/checkpoints` in the home folder)."""
    clouds: Path = Path()
    """clouds.yaml with one entry per cloud profile (default: `clouds.yaml` in the home folder)."""
    object_stores: Path = Path()
    """JSON with admin keys of S3 gateways by profile (default: `object-stores.json` in the home folder)."""
    outgoing: Path = Path()
    """Where hand-over packages lie until they are carried to their units (default: `outgoing` in the home folder)."""
    vault_url: str = ""
    """OpenBao or Vault that keeps the secrets clouds make; empty = files 0600 in the home folder."""
    vault_mount: str = "secret"
    """Mount of its key-value engine, version 2."""
    vault_path: str = "govcloud"
    """Path below the mount under which the deployment's secrets lie."""
    vault_token: Path = Path()
    """File (0600) with the token that the broker uses there (default: `secrets/vault-token` in the home folder)."""
    notices: Path = Path()
    """TOML (0600) with the channels over which notices go out (default: `notices.toml` in the home folder)."""
    utilisation: Path = Path()
    """TOML that says where use is known: Prometheus, Gnocchi (default: `utilisation.toml` in the home folder)."""
    attachments: Path = Path()
    """Folder of the attachment store (default: `attachments` in the home folder), where no bucket is set."""
    attachments_bucket: str = ""
    """Bucket of the attachment store; empty = the folder."""
    attachments_endpoint: str = ""
    """Address of the S3 gateway that has the bucket."""
    attachments_profile: str = "default"
    """Profile of the user's own AWS credentials file with the keys for it: each person reads with his own rights."""
    report_fonts: Path = Path()
    """Folder with the fonts of the reports (default: where `make tools` or Debian's packages put them)."""
    trust_root: str = ""
    """Fingerprint of the first office key (SHA256:…), as `broker init` printed it. Never read from the registry."""
    parallel_stacks: int = 2
    """How many stacks are applied at once by one process."""
    cloud_calls_at_once: int = 48
    """How many calls one process has out to one cloud or gateway at the same time, 1 or more."""
    cloud_calls_per_s: int = 0
    """How many it begins there within a second; 0 = no limit."""
    cloud_patience_s: int = 300
    """How long a call waits, and is tried again, while its cloud puts calls off (429, 503 with Retry-After)."""
    lease_s: int = 60
    """How long a stack's lease lasts without renewal; a killed broker's stacks are free after that."""

    listen: str = "127.0.0.1:8620"
    """Where `broker daemon` answers git hosts and `/healthz`: HOST:PORT; `none` = nowhere."""
    webhook_secret: Path = Path()
    """File (0600) with the secret of the git host's calls (default: `secrets/webhook-secret`, made at first use)."""
    look_every_min: int = 10
    """How often the daemon looks although nobody called, 1 to 59: a call may be lost."""
    drift_hours: int = 6
    """Within how many hours the daemon asks the clouds once about every stack, 1 to 168; 0 = never."""
    backup_hour: int = 2
    """From which hour of the day in Shanghai on the daemon makes the day's backups, 0 to 23; 24 = never."""

    worker_beat_s: int = 10
    """How often a worker shows that it lives."""
    worker_dead_s: int = 60
    """After what silence a worker counts as dead and its jobs are done by others; well above any pause of a machine."""
    worker_look_s: int = 10
    """How often workers look for dead ones, 1 to 59."""

    @property
    def secrets(self) -> Path:
        """Where the deployment's secrets are (0700)."""
        return self.home / "secrets"

    @property
    def work(self) -> Path:
        """Where operations have their private folders (0700)."""
        return self.home / "work"


def settings_from(environment: Mapping[str, str], file: Mapping[str, object], home: Path) -> Settings:
    """The settings: the environment wins over the file, the file over the defaults. Relative paths are below `home`.

    Raises:
        SettingsError: A key is unknown or a value has the wrong type; all such are named at once.
    """
    known = {field.name: field for field in fields(Settings) if field.name != "home"}
    given: dict[str, object] = {**file, **_from_environment(environment, known)}
    wrong = [f"{key} is no setting" for key in given if key not in known]
    defaults: dict[str, object] = {
        "registry": home / "registry",
        "clouds": home / "clouds.yaml",
        "witness": home / "witness" / "checkpoints",
        "object_stores": home / "object-stores.json",
        "outgoing": home / "outgoing",
        "attachments": home / "attachments",
        "notices": home / "notices.toml",
        "utilisation": home / "utilisation.toml",
        "vault_token": home / "secrets" / "vault-token",
        "webhook_secret": home / "secrets" / "webhook-secret",
    }
    values: dict[str, object] = {}
    for name in known:
        try:
            values[name] = _value(name, given[name], home) if name in given else defaults.get(name, _default(name))
        except ValueError as error:
            wrong.append(str(error))
    if wrong:
        raise SettingsError(f"reading the settings of {home}: {'; '.join(sorted(wrong))}; see docs/settings.md")
    return Settings(home=home, **values)  # type: ignore[arg-type]  # every value was converted by its field's type


def _from_environment(environment: Mapping[str, str], known: Mapping[str, object]) -> dict[str, str]:
    named = {name: environment.get(PREFIX + name.upper()) for name in known}
    return {name: value for name, value in named.items() if value is not None}


def _default(name: str) -> object:
    return next(field.default for field in fields(Settings) if field.name == name)


def _value(name: str, value: object, home: Path) -> object:
    kind = type(_default(name)) if name != "registry" else type(home)
    if issubclass(kind, Path):
        return home / str(value)
    if kind is int:
        if not str(value).isdecimal():
            raise ValueError(f"{name} is a whole number, not {value!r}")
        return int(str(value))
    return str(value)
