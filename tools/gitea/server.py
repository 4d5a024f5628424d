"""One Gitea on a free loopback port, with its data in a folder and its tables in a PostgreSQL that is there."""

import contextlib
import os
import secrets
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from psycopg.conninfo import conninfo_to_dict

from tools import processes
from tools.gitea.program import GiteaUnavailable, Program, ensure

ADMIN = "clerk"
_ANSWER_S = 60
_SETTINGS = """\
RUN_MODE = prod
WORK_PATH = {folder}
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = {root}
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = {port}
ROOT_URL = http://127.0.0.1:{port}/
STATIC_ROOT_PATH = {pages}
DISABLE_SSH = true
OFFLINE_MODE = true
[database]
DB_TYPE = postgres
HOST = {socket}
NAME = {database}
USER = {user}
SSL_MODE = disable
[security]
INSTALL_LOCK = true
SECRET_KEY = {secret}
[webhook]
ALLOWED_HOST_LIST = loopback
[log]
LEVEL = warn
[indexer]
ISSUE_INDEXER_TYPE = db
[cron]
ENABLED = false
[actions]
ENABLED = false
[packages]
ENABLED = false
[session]
PROVIDER = memory
"""


@dataclass(frozen=True, slots=True)
class Gitea:
    """A running host. `token` is that of an administrator who may do everything."""

    url: str
    folder: Path
    token: str

    def call(self, method: str, path: str, **body: Any) -> Any:
        """The JSON that the API answers.

        Raises:
            requests.HTTPError: It refused.
        """
        headers = {"Authorization": f"token {self.token}"}
        answer = requests.request(
            method, f"{self.url}/api/v1{path}", json=body or None, headers=headers, timeout=_ANSWER_S
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    @property
    def credentials(self) -> str:
        """A line for `git credential-store`."""
        return f"{self.url.replace('://', f'://{ADMIN}:{self.token}@')}\n"


@contextlib.contextmanager
def running(folder: Path, dsn: str) -> Iterator[Gitea]:
    """A host on an empty database, stopped at the end of the block; `dsn` names a server by its socket."""
    program, settings = ensure(), folder / "custom" / "conf" / "app.ini"
    settings.parent.mkdir(parents=True)
    port, at = processes.free_port_block(1), conninfo_to_dict(dsn)
    settings.write_text(
        _SETTINGS.format(
            folder=folder,
            root=str(os.geteuid() == 0).lower(),
            port=port,
            pages=program.pages,
            socket=at["host"],
            database=at["dbname"],
            user=at["user"],
            secret=secrets.token_hex(32),
        )
    )
    token = _founded(program, folder)
    start(folder, port)
    try:
        yield Gitea(f"http://127.0.0.1:{port}", folder, token)
    finally:
        stop(folder)


def start(folder: Path, port: int) -> None:
    """Nothing; the host of the folder answers."""
    log = folder / "gitea.log"
    command = [str(ensure().binary), "web"]
    process = processes.start(command, log_file=log, pid_file=folder / "gitea.pid", env=_environment(folder))
    processes.wait_for_port(process, port, name="gitea", log_file=log)


def stop(folder: Path) -> bool:
    """Whether it ran; its data stay."""
    return processes.stop(folder / "gitea.pid")


def _founded(program: Program, folder: Path) -> str:
    """The token of the administrator of a new host."""
    _run(program, folder, "migrate")
    made = _run(
        program,
        folder,
        *("admin", "user", "create", "--admin", "--username", ADMIN, "--email", f"{ADMIN}@registry.invalid"),
        *("--random-password", "--must-change-password=false", "--access-token"),
    )
    return made.rsplit("created...", 1)[-1].split()[0]


def _run(program: Program, folder: Path, *arguments: str) -> str:
    command = [str(program.binary), *arguments]
    run = subprocess.run(command, env=_environment(folder), capture_output=True, text=True, check=False)
    if run.returncode:
        raise GiteaUnavailable(f"gitea {arguments[0]}: {(run.stderr or run.stdout).strip()[-1500:]}")
    return run.stdout


def _environment(folder: Path) -> Mapping[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "GITEA_WORK_DIR": str(folder)}
