"""The configuration of all services, rendered from `templates/` into the state folder."""

import base64
import secrets
import shutil
from pathlib import Path

import jinja2

from tools.openstack import catalogue
from tools.openstack.layout import HERE, Cache, Layout
from tools.openstack.passwords import Passwords, write_private
from tools.openstack.seed import seeds

STORAGE_SERVERS = ("object", "container", "account")
FOLDERS = (
    "lock",
    "nova",
    "neutron",
    "cinder/backup",
    "octavia",
    "glance/images",
    "glance/staging",
    "glance/tasks",
    "swift",
)
_KEY_BYTES = 32


def render(layout: Layout, cache: Cache, passwords: Passwords, *, port_base: int) -> None:
    """Write every file; the same input gives the same files, keys that exist are kept."""
    for folder in (layout.run, layout.logs, layout.etc / "swift", *(layout.data / name for name in FOLDERS)):
        folder.mkdir(parents=True, exist_ok=True)
    templates = _templates(layout, cache, passwords, port_base)
    for name in (
        "keystone",
        "placement",
        "glance-api",
        "neutron",
        "nova",
        "cinder",
        "octavia",
        "swift/swift",
        "swift/proxy-server",
    ):
        write_private(layout.etc / f"{name}.conf", templates.get_template(f"{name}.conf.j2").render())
    for kind in STORAGE_SERVERS:
        text = templates.get_template("swift/storage-server.conf.j2").render(kind=kind)
        write_private(layout.etc / "swift" / f"{kind}-server.conf", text)
    shutil.copyfile(cache.packages / "etc" / "nova" / "api-paste.ini", layout.etc / "nova-api-paste.ini")
    for repository in ("fernet-keys", "credential-keys"):
        _keep_keys(layout.etc / repository)


def database_url(layout: Layout, name: str) -> str:
    """The SQLAlchemy URL of a service's database."""
    return f"sqlite:///{layout.databases}/{name}.db?timeout=60"


def _templates(layout: Layout, cache: Cache, passwords: Passwords, port_base: int) -> jinja2.Environment:
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - configuration files, not HTML
    )
    templates.globals.update(
        state=layout.state,
        packages=cache.packages,
        region=catalogue.REGION,
        ports=catalogue.api_ports(port_base),
        auth_url=catalogue.auth_url(port_base),
        service_password=passwords.service,
        database=lambda name: database_url(layout, name),
        default_volume_type=seeds.load().default_volume_type,
        reseller_admin_role=seeds.RESELLER_ADMIN,
    )
    return templates


def _keep_keys(repository: Path) -> None:
    """What `keystone-manage fernet_setup` does: a staged key (0) and a primary one (1)."""
    repository.mkdir(mode=0o700, exist_ok=True)
    for number in ("0", "1"):
        if not (repository / number).exists():
            write_private(repository / number, base64.urlsafe_b64encode(secrets.token_bytes(_KEY_BYTES)).decode())
