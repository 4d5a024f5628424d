"""The databases of a cloud: migrated once into the cache, then copied for each cloud."""

import shutil
import sqlite3
import subprocess
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from pathlib import Path

from tools.openstack import configuration
from tools.openstack.errors import SandboxError
from tools.openstack.layout import Cache, Layout
from tools.openstack.packages import environment
from tools.openstack.passwords import Passwords
from tools.processes import log_tail
from tools.progress import Tell

NO_PASSWORDS = Passwords("", "", "")


def prepare_templates(cache: Cache, tell: Tell) -> None:
    """Build the templates if they are not complete: stock migrations, for Neutron its models."""
    if cache.templates.exists():
        tell("kept from an earlier run")
        return
    draft = Layout(cache.folder / "databases.draft")
    shutil.rmtree(draft.state, ignore_errors=True)
    draft.databases.mkdir(parents=True)
    configuration.render(draft, cache, NO_PASSWORDS, port_base=0)
    _migrate(_migrations(draft, cache), draft, tell)
    shutil.copyfile(draft.databases / "nova_cell1.db", draft.databases / "nova_cell0.db")
    for file in draft.databases.glob("*.db"):
        _set_wal(file)
    draft.databases.rename(cache.templates)
    shutil.rmtree(draft.state)


def copy_templates(cache: Cache, layout: Layout) -> bool:
    """Whether this cloud got fresh databases; those it has stay."""
    if layout.databases.exists():
        return False
    draft = layout.state / "db.draft"
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(cache.templates, draft)
    draft.rename(layout.databases)
    return True


def map_cells(layout: Layout) -> None:
    """What `nova-manage cell_v2 map_cell0` and `create_cell` do, without Nova."""
    with closing(sqlite3.connect(layout.databases / "nova_api.db")) as connection, connection:
        if connection.execute("SELECT 1 FROM cell_mappings").fetchone():
            return
        for name, identity, transport_url in (
            ("cell0", uuid.UUID(int=0), "none:///"),
            ("cell1", uuid.uuid4(), "fake:///"),
        ):
            connection.execute(
                "INSERT INTO cell_mappings (uuid, name, transport_url, database_connection, disabled, created_at)"
                " VALUES (?, ?, ?, ?, 0, datetime('now'))",
                (str(identity), name, transport_url, configuration.database_url(layout, f"nova_{name}")),
            )


def _set_wal(file: Path) -> None:
    """Let readers never block. It lasts in the file; set later, while services connect, it fails with "locked"."""
    with closing(sqlite3.connect(file)) as connection:
        (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
    if mode != "wal":
        raise SandboxError(
            f"preparing {file}: SQLite gives journal mode {mode} instead of wal; use a local file system"
        )


def _migrations(draft: Layout, cache: Cache) -> Mapping[str, list[str]]:
    """The command that builds each database; none needs another's."""
    python = str(cache.python)

    def manage(program: str, config: str, *words: str) -> list[str]:
        # by the interpreter, not by its own first line: that cannot hold a path with spaces
        return [python, str(cache.packages / "bin" / program), "--config-file", str(draft.etc / config), *words]

    def build(name: str) -> list[str]:
        module = f"tools.openstack.services.{name}_schema"
        return [python, "-P", "-m", module, configuration.database_url(draft, name)]

    return {
        "nova_cell1": manage("nova-manage", "nova.conf", "db", "sync", "--local_cell"),
        "nova_api": manage("nova-manage", "nova.conf", "api_db", "sync"),
        "neutron": build("neutron"),
        "octavia": build("octavia"),
        "cinder": manage("cinder-manage", "cinder.conf", "db", "sync"),
        "keystone": manage("keystone-manage", "keystone.conf", "db_sync"),
        "glance": manage("glance-manage", "glance-api.conf", "db_sync"),
        "placement": manage("placement-manage", "placement.conf", "db", "sync"),
    }


def _migrate(migrations: Mapping[str, list[str]], draft: Layout, tell: Tell) -> None:
    with ThreadPoolExecutor() as threads:
        jobs = {
            threads.submit(_run, name, argv, draft.logs / f"migrate-{name}"): name for name, argv in migrations.items()
        }
        for number, job in enumerate(as_completed(jobs), 1):
            job.result()
            tell(f"{number} of {len(jobs)}: {jobs[job]}")


def _run(name: str, argv: list[str], log: Path) -> None:
    with log.open("w") as output:
        done = subprocess.run(
            argv, env=environment(), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode != 0:
        raise SandboxError(f"building the database template {name}: see {log}, which ends with:\n{log_tail(log)}")
