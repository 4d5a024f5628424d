"""Which Debian packages the gateway is made of."""

import re
from pathlib import Path

from tools import debian
from tools.debian import Wanted
from tools.progress import Steps

CEPH = Wanted(
    what="Ceph",
    packages=("radosgw", "ceph-mon", "ceph-osd"),
    programs=("usr/bin/ceph-mon", "usr/bin/ceph-osd", "usr/bin/radosgw"),
    # what ceph-base and ceph-osd ask for to look after disks and hosts, and the Python of the `ceph` command,
    # whose work mon_command.py does
    unneeded=re.compile(
        r"(sudo|lvm2|liblvm2|dmeventd|dmidecode|smartmontools|xfsprogs|parted|libparted|nvme|libnvme|hdparm|gdisk|"
        r"cryptsetup-bin|logrotate|uuid-runtime|ceph-mgr|cron|python3|libpython3|binutils|psmisc|media-types)"
    ),
    libraries=("usr/lib/{machine}/ceph",),
    cure=f"{debian.CURE}; or `up --fallback` for a light S3 server instead",
)


def ensure(cache: Path, steps: Steps) -> Path:
    """The unpacked packages; fetched when the cache has none."""
    return debian.ensure(CEPH, cache, steps)


def known(cache: Path) -> Path | None:
    """The unpacked packages that the cache names as current, or None."""
    return debian.known(CEPH, cache)


def fetch(cache: Path, steps: Steps) -> Path:
    """The unpacked packages in the versions that the mirror has now."""
    return debian.fetch(CEPH, cache, steps)


def environment(root: Path) -> dict[str, str]:
    """The environment in which the daemons find each other and their libraries."""
    return debian.environment(CEPH, root)
