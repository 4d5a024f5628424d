"""Programs of Debian packages, unpacked into the user cache: no root, nothing installed, `/etc`, `/var` only read."""

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.locks import held
from tools.progress import Steps, Tell

APT_CONF = """\
Dir::State "{apt}/state";
Dir::State::status "/var/lib/dpkg/status";
Dir::Cache "{apt}/cache";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::Retries "2";
APT::Sandbox::User "{user}";
// the system's own hooks tidy the system's own folders
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"""
CURE = "cure: a Debian 12 machine that reaches the mirror of its own /etc/apt/sources.list*"


class PackagesMissing(Exception):
    """The packages cannot be had on this machine or from here."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which packages, and what of their dependencies is left out because the programs run without it."""

    what: str
    """What they are, for people: such as `Ceph`."""
    packages: tuple[str, ...]
    programs: tuple[str, ...]
    """Below the unpacked root; each must answer `--version` on this machine."""
    unneeded: re.Pattern[str]
    libraries: tuple[str, ...] = ()
    """Folders with libraries besides the usual ones; `{machine}` is such as `x86_64-linux-gnu`."""
    cure: str = CURE
    files: tuple[str, ...] = ()
    """Below the unpacked root; what is wanted of them where that is no program."""


def ensure(wanted: Wanted, cache: Path, steps: Steps) -> Path:
    """The unpacked packages; fetched when the cache has none.

    Raises:
        PackagesMissing: They cannot be had.
    """
    return known(wanted, cache) or fetch(wanted, cache, steps)


def known(wanted: Wanted, cache: Path) -> Path | None:
    """The unpacked packages that the cache names as current, or None."""
    root = cache / "current" / "root"
    asked = (*wanted.programs, *wanted.files)
    return root.resolve() if all((root / name).exists() for name in asked) else None


def fetch(wanted: Wanted, cache: Path, steps: Steps) -> Path:
    """The unpacked packages in the versions that the mirror has now; what is downloaded already is kept.

    Raises:
        PackagesMissing: They cannot be had.
    """
    for program in ("apt-get", "dpkg-deb"):
        if shutil.which(program) is None:
            raise PackagesMissing(f"fetching {wanted.what}: this machine has no {program}; {wanted.cure}")
    with held(cache / "lock"):
        env = _private_apt(cache / "apt")
        with steps.step("package lists of our own, from the system's sources"):
            updated = _run(["apt-get", "-q", "update"], env)
            names = _closure(wanted, env, updated)
        digest = hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]
        home = cache / digest
        if not (home / "root").exists():
            _download(wanted, home, names, env, steps)
            _unpack(home, steps)
        _point(cache, digest)
    root = home / "root"
    _prove(wanted, root)
    return root


def environment(wanted: Wanted, root: Path) -> dict[str, str]:
    """The environment in which the unpacked programs find each other and their libraries."""
    machine = f"{platform.machine()}-linux-gnu"
    usual = ("lib/{machine}", "usr/lib/{machine}")
    libraries = (root / folder.format(machine=machine) for folder in (*usual, *wanted.libraries))
    own = {
        "LD_LIBRARY_PATH": os.pathsep.join(map(str, libraries)),
        "PATH": f"{root / 'usr/bin'}{os.pathsep}{os.environ['PATH']}",
    }
    return {**os.environ, **own}


def _private_apt(apt: Path) -> dict[str, str]:
    """The environment of an apt that writes only below `apt`, with the system's sources, keys, proxies and mirrors."""
    for folder in ("state/lists/partial", "cache/archives/partial", "conf.d"):
        (apt / folder).mkdir(parents=True, exist_ok=True)
    for part in Path("/etc/apt/apt.conf.d").glob("*"):
        if os.access(part, os.R_OK):
            shutil.copyfile(part, apt / "conf.d" / part.name)
    # after the system's parts: `#clear` takes away what stands before it
    own = APT_CONF.format(apt=apt, user="root" if os.geteuid() == 0 else "_apt")
    (apt / "conf.d" / "zz-private").write_text(own)
    (apt / "apt.conf").write_text(f'Dir::Etc::Parts "{apt / "conf.d"}";\n')
    return {**os.environ, "APT_CONFIG": str(apt / "apt.conf"), "LC_ALL": "C"}


def _closure(wanted: Wanted, env: Mapping[str, str], updated: subprocess.CompletedProcess[str]) -> list[str]:
    """`name=version` of every package that this machine lacks, sorted."""
    run = _run(["apt-get", "install", "--simulate", "--no-install-recommends", *wanted.packages], env)
    if run.returncode:
        said = [
            line
            for line in (updated.stdout + updated.stderr + run.stderr).splitlines()
            if line[:2] in ("E:", "W:", "Er")
        ]
        raise PackagesMissing(
            f"listing the packages of {wanted.what}: {'; '.join(said[:4]) or run.stderr.strip()}; {wanted.cure}"
        )
    found = re.findall(r"^Inst (\S+) (?:\[\S+\] )?\((\S+)", run.stdout, re.MULTILINE)
    installed = _run(
        ["dpkg-query", "--show", "--showformat", "${Package}=${Version} ${db:Status-Status}\n", *wanted.packages], env
    )
    # an installed one is taken along too, so that the unpacked tree is whole
    present = re.findall(r"^(\S+)=(\S+) installed$", installed.stdout, re.MULTILINE)
    return sorted(f"{name}={version}" for name, version in {*found, *present} if not wanted.unneeded.match(name))


def _download(wanted: Wanted, home: Path, names: Sequence[str], env: Mapping[str, str], steps: Steps) -> None:
    debs = home / "debs"
    debs.mkdir(parents=True, exist_ok=True)
    (home / "packages.json").write_text(json.dumps(names, indent=2) + "\n")
    with steps.step(f"{len(names)} packages into {debs}") as tell:
        code, last = _watch(["apt-get", "-q", "download", *names], debs, env, tell)
    if code:
        raise PackagesMissing(f"downloading the packages of {wanted.what}: {last}; {wanted.cure}")


def _watch(command: Sequence[str], cwd: Path, env: Mapping[str, str], tell: Tell) -> tuple[int, str]:
    """The exit code and the last line, telling every tenth package."""
    last = ""
    with subprocess.Popen(
        command, cwd=cwd, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        for line in process.stdout or ():
            last = line.strip() or last
            if found := re.match(r"Get:(\d*0) ", line):
                tell(f"{found[1]} packages")
    return process.returncode, last


def _unpack(home: Path, steps: Steps) -> None:
    debs, unfinished = sorted((home / "debs").glob("*.deb")), home / "root.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    with steps.step(f"unpack {len(debs)} packages"):
        for deb in debs:
            run = _run(["dpkg-deb", "--extract", str(deb), str(unfinished)], os.environ)
            if run.returncode:
                raise PackagesMissing(f"unpacking {deb.name}: {run.stderr.strip()}; delete {home} and run it again")
    unfinished.rename(home / "root")
    shutil.rmtree(home / "debs")


def _point(cache: Path, digest: str) -> None:
    """`current` names the tree to use, changed in one step."""
    pointer = cache / "current.partial"
    pointer.unlink(missing_ok=True)
    pointer.symlink_to(digest)
    pointer.replace(cache / "current")


def _prove(wanted: Wanted, root: Path) -> None:
    """Every program finds its libraries on this machine."""
    for program in wanted.programs:
        run = _run([str(root / program), "--version"], environment(wanted, root))
        if run.returncode:
            raise PackagesMissing(f"running {program}: {run.stderr.strip()}; {wanted.cure}")


def _run(command: Sequence[str], env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=env, text=True, capture_output=True, check=False)
