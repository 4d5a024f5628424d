"""The three daemons of a cluster: making their data, starting them in order, asking the monitor."""

import json
import platform
import secrets
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from tools import processes
from tools.ceph.errors import GatewayError
from tools.ceph.layout import TEMPLATE, Layout
from tools.ceph.packages import environment

MON, OSD, RGW = "mon", "osd", "rgw"
ORDER = (MON, OSD, RGW)
POOLS = (
    ".rgw.root",
    "default.rgw.log",
    "default.rgw.control",
    "default.rgw.meta",
    "default.rgw.buckets.index",
    "default.rgw.buckets.data",
    "default.rgw.buckets.non-ec",
)
KEYS = {
    "mon.": ("mon", "allow *"),
    "client.admin": ("mon", "allow *", "osd", "allow *", "mgr", "allow *"),
    "client.rgw": ("mon", "allow *", "osd", "allow *", "mgr", "allow *"),
    "osd.0": ("mon", "allow profile osd", "osd", "allow *", "mgr", "allow profile osd"),
}
CAPABILITIES = "users=*;buckets=*;usage=read"
OSD_TIMEOUT_S = 60.0
COMMAND_TIMEOUT_S = 120


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster of one state folder, run from the unpacked packages in `root`."""

    layout: Layout
    root: Path
    port_base: int

    @property
    def s3_port(self) -> int:
        """The gateway's port; the two before it are the monitor's."""
        return self.port_base + 2

    def program(self, name: str) -> Path:
        """A program of the packages."""
        return self.root / "usr/bin" / name


def make(cluster: Cluster, store: str) -> None:
    """The configuration, keys and monitor's data of a new cluster."""
    layout, fsid = cluster.layout, str(uuid.uuid4())
    for folder in ("mon", "osd/0", "run", "rgw"):
        (layout.data / folder).mkdir(parents=True)
    layout.configuration.touch(mode=0o600)
    values = {
        "fsid": fsid,
        "mon_port": cluster.port_base,
        "mon_port_v1": cluster.port_base + 1,
        "s3_port": cluster.s3_port,
        "data": layout.data,
        "log": layout.state / "log",
        "root": cluster.root,
        "machine": platform.machine(),
        "store": store,
        "sts_key": secrets.token_hex(8),
    }
    layout.configuration.write_text(Template(TEMPLATE.read_text()).substitute(values))
    _make_keys(cluster)
    address = f"[v2:127.0.0.1:{cluster.port_base},v1:127.0.0.1:{cluster.port_base + 1}]"
    monmap = str(layout.data / "monmap")
    _run(cluster, "monmaptool", "--create", "--clobber", "--fsid", fsid, "--addv", "a", address, monmap)
    _run(cluster, "ceph-mon", "--mkfs", "--id", "a", "--monmap", monmap, "--keyring", str(layout.keyring))


def _make_keys(cluster: Cluster) -> None:
    keyring = cluster.layout.keyring
    keyring.touch(mode=0o600)
    for name, words in KEYS.items():
        pairs = [word for who, what in zip(words[::2], words[1::2], strict=True) for word in ("--cap", who, what)]
        _run(cluster, "ceph-authtool", str(keyring), "--gen-key", "--name", name, *pairs)
    # where radosgw looks, whatever its configuration says of a keyring
    (cluster.layout.data / "rgw/keyring").symlink_to(keyring)


def start_mon(cluster: Cluster) -> None:
    """Start the monitor and wait until it listens."""
    process = _start(cluster, MON, "ceph-mon", "--id", "a")
    processes.wait_for_port(process, cluster.port_base, name="ceph-mon", log_file=cluster.layout.log(MON))


def start_osd(cluster: Cluster, *, new: bool) -> None:
    """Start the OSD, its data made first where it is new, and wait until the monitor counts it as up."""
    if new:
        number = str(uuid.uuid4())
        ask(cluster, {"prefix": "osd new", "uuid": number, "id": 0})
        _run(cluster, "ceph-osd", "--id", "0", "--mkfs", "--osd-uuid", number)
    else:
        # the monitor still counts a killed one as up
        ask(cluster, {"prefix": "osd down", "ids": ["0"]})
    process = _start(cluster, OSD, "ceph-osd", "--id", "0")
    deadline = time.monotonic() + OSD_TIMEOUT_S
    while not _is_osd_up(cluster):
        if not processes.is_running(process) or time.monotonic() > deadline:
            tail = processes.log_tail(cluster.layout.log(OSD))
            raise GatewayError(f"starting ceph-osd: the monitor does not count it as up; its output ends with:\n{tail}")
        time.sleep(0.1)


def _is_osd_up(cluster: Cluster) -> bool:
    (answer,) = ask(cluster, {"prefix": "osd stat", "format": "json"})
    return bool(json.loads(answer)["num_up_osds"])


def make_pools(cluster: Cluster) -> None:
    """The gateway's pools, made at once: it would make them one after the other."""
    ask(cluster, *({"prefix": "osd pool create", "pool": name, "pg_num": 8} for name in POOLS))


def start_rgw(cluster: Cluster) -> None:
    """Start the gateway and wait until it listens."""
    process = _start(cluster, RGW, "radosgw", "--name", "client.rgw")
    processes.wait_for_port(process, cluster.s3_port, name="radosgw", log_file=cluster.layout.log(RGW))


def make_user(cluster: Cluster) -> dict[str, str]:
    """The keys, made by the gateway, of the user `broker`, who has no more rights than docs/least-rights.md says."""
    user = ("--uid=broker", "--display-name=broker", f"--caps={CAPABILITIES}")
    answer = json.loads(_run(cluster, "radosgw-admin", "--name", "client.admin", "user", "create", *user))
    (keys,) = answer["keys"]
    return {"access_key": keys["access_key"], "secret_key": keys["secret_key"]}


def ask(cluster: Cluster, *commands: dict[str, object]) -> list[str]:
    """The monitor's answers, one per command."""
    library = cluster.root / "usr/lib" / f"{platform.machine()}-linux-gnu" / "librados.so.2"
    words = [json.dumps(command) for command in commands]
    program = [sys.executable, Path(__file__).with_name("mon_command.py"), library, cluster.layout.configuration]
    out = _checked(cluster, "asking the monitor", [*map(str, program), *words])
    return [str(json.loads(line)) for line in out.splitlines()]


def _start(cluster: Cluster, daemon: str, program: str, *words: str) -> processes.Process:
    argv: list[str | Path] = [cluster.program(program), "--conf", cluster.layout.configuration, "-f", *words]
    files = {"pid_file": cluster.layout.pid_file(daemon), "log_file": cluster.layout.log(daemon)}
    return processes.start(argv, env=environment(cluster.root), **files)


def _run(cluster: Cluster, program: str, *words: str) -> str:
    """What a program of the packages printed."""
    configuration = [] if program in ("monmaptool", "ceph-authtool") else ["--conf", str(cluster.layout.configuration)]
    return _checked(cluster, f"running {program}", [str(cluster.program(program)), *configuration, *words])


def _checked(cluster: Cluster, what: str, command: Sequence[str]) -> str:
    env = environment(cluster.root)
    try:
        run = subprocess.run(
            command,
            env=env,
            cwd=cluster.layout.data,
            text=True,
            capture_output=True,
            check=False,
            timeout=COMMAND_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as cause:
        raise GatewayError(
            f"{what}: no answer after {COMMAND_TIMEOUT_S} s; see {cluster.layout.state / 'log'}"
        ) from cause
    if run.returncode:
        raise GatewayError(f"{what}: {run.stderr.strip()[-800:]}; see {cluster.layout.state / 'log'}, or reset")
    return run.stdout
