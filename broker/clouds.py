"""Credentials of clouds and gateways: read from the deployment's files when they are needed, held by nobody else."""

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from broker.errors import SettingsError
from broker.settings import Settings
from stacks.masked import masked
from stacks.provider.budget import Budget
from stacks.provider.limits import Limits
from stacks.provider.tally import Tally
from stacks.provider.trying import Door

if TYPE_CHECKING:
    from openstack.connection import Connection

    from stacks.provider.operation import ObjectStore
    from stacks.spec import CloudTarget

_SHARED: dict[tuple[str, ...], Budget] = {}
"""By address: two profiles of one cloud share one."""
_GIVEN: dict[tuple[str, str], Tally] = {}
"""What `spent` has given, and nobody gave back."""
_SHARING = threading.Lock()
_RATE = re.compile(r"[0-9]+([.][0-9]+)?")
_STORE_KEYS = ("endpoint", "region", "access_key", "secret_key")


def connect(settings: Settings, target: "CloudTarget") -> "Connection":
    """The connection of the broker's account on the target's cloud; it logs in at its first request.

    Raises:
        SettingsError: clouds.yaml has no such profile, or its address holds a password.
    """
    # openstacksdk takes 0.4 s to import: not for commands that call no cloud, and only while the CLI boots.
    from openstack.config import OpenStackConfig  # noqa: PLC0415 - see above
    from openstack.connection import Connection  # noqa: PLC0415 - see above
    from openstack.exceptions import ConfigException  # noqa: PLC0415 - see above

    from stacks.provider.cloud_session import CloudSession  # noqa: PLC0415 - brings openstacksdk with it

    try:
        beside = settings.clouds.with_name
        config: Any = OpenStackConfig(
            config_files=[str(settings.clouds)],
            # those that lie beside it, and none from wherever the command was typed
            secure_files=[str(beside("secure.yaml"))],
            vendor_files=[str(beside("clouds-public.yaml"))],
            load_envvars=False,
        )
        region = config.get_one(target.profile)
        if region.config.get("auth_type") == "password" and str(region.auth.get("auth_url", "")).endswith("/v3"):
            # the address names the version: the general plugin would ask for it, one more request per run
            region = config.get_one(target.profile, auth_type="v3password")
    except ConfigException as error:
        raise SettingsError(
            f"logging in to cloud {target.id}: {settings.clouds} has no usable profile {target.profile} "
            f"({masked(str(error))}); add it, see docs/settings.md"
        ) from None
    address = str(region.auth.get("auth_url", ""))
    _plain(address, f"logging in to cloud {target.id}: the auth_url of profile {target.profile} in {settings.clouds}")
    where = f"profile {target.profile} in {settings.clouds}"
    # the address may name the version or not: it is the same Keystone
    root = address.rstrip("/").removesuffix("/v3")
    shared = budget(settings, (root, str(region.region_name)), region.config, where)
    region.set_session_constructor(partial(CloudSession, door=Door(shared, target.id)))
    return Connection(config=region)


def _plain(url: str, told: str) -> None:
    """Refuses an address that holds a name or password: libraries quote addresses in their errors."""
    if "@" in url:
        raise SettingsError(
            f"{told} holds a name or a password; write these in fields of their own, see docs/settings.md"
        )


def object_store(settings: Settings, target: "CloudTarget") -> "Callable[[], ObjectStore] | None":
    """The admin side of the target's S3 gateway; None where buckets are Swift's."""
    if target.object_store.value == "swift":
        return None
    return lambda: _object_store(settings, target)


def _object_store(settings: Settings, target: "CloudTarget") -> "ObjectStore":
    from stacks.provider.operation import ObjectStore  # noqa: PLC0415 - brings openstacksdk with it

    entry = stores(settings.object_stores).get(target.object_profile)
    missing = [key for key in _STORE_KEYS if not entry or key not in entry]
    if entry is None or missing:
        raise SettingsError(
            f"reaching the object store of cloud {target.id}: {settings.object_stores} has no complete profile "
            f"{target.object_profile} (missing: {', '.join(missing)}); see docs/settings.md"
        )
    asked = f"reaching the object store of cloud {target.id}"
    _plain(entry["endpoint"], f"{asked}: the endpoint of {target.object_profile} in {settings.object_stores}")
    where = f"profile {target.object_profile} in {settings.object_stores}"
    shared = budget(settings, (entry["endpoint"],), entry, where)
    return ObjectStore(**{key: entry[key] for key in _STORE_KEYS}, budget=shared, cloud=target.id)


def budget(settings: Settings, address: tuple[str, ...], entry: Mapping[str, object], where: str) -> Budget:
    """What all who call the cloud or gateway at this address share, in this process.

    `entry` may hold limits of its own, narrower or wider than the settings': `calls_at_once`, `calls_per_s`.

    Raises:
        SettingsError: A limit is no number that makes sense; `where` says in which entry.
    """
    limits = _limits(settings, entry, where)
    place = tuple(part.rstrip("/") for part in address)  # written with or without, it is the same cloud
    with _SHARING:
        shared = _SHARED.setdefault(place, Budget(limits))
    shared.tighten(limits)
    return shared


@contextmanager
def spent() -> Iterator[Mapping[tuple[str, str], Tally]]:
    """What became of this process' calls since this was last asked, by cloud and service; for who adds it up.

    What is given here is not given again, also not to who asks meanwhile; where adding it up fails, it is given back
    and the next one has it.
    """
    fresh = _taken()
    try:
        yield fresh
    except BaseException:
        with _SHARING:
            _GIVEN.update({name: _GIVEN[name] - tally for name, tally in fresh.items()})
        raise


def _taken() -> dict[tuple[str, str], Tally]:
    with _SHARING:
        now: dict[tuple[str, str], Tally] = {}
        for shared in _SHARED.values():
            for name, tally in shared.tallies().items():
                now[name] = now.get(name, Tally()) + tally
        fresh = {name: tally - _GIVEN.get(name, Tally()) for name, tally in now.items()}
        _GIVEN.update(now)
    return {name: tally for name, tally in fresh.items() if tally != Tally()}


def limits_told(settings: Settings) -> str:
    """The limits of this process, and which entries have others, in one line.

    Raises:
        SettingsError: An entry has a limit that makes no sense, or a file cannot be read.
    """
    usual = _limits(settings, {}, "the clouds")
    own = [
        (name, _limits(settings, entry, f"profile {name} in {file}"))
        for file, entries in (
            (settings.clouds, _profiles(settings.clouds)),
            (settings.object_stores, stores(settings.object_stores)),
        )
        for name, entry in sorted(entries.items())
    ]
    told = [f"{name} {limits.told}" for name, limits in own if limits != usual]
    whole = (
        f"of each process to each cloud {usual.told}",
        *told,
        f"put off, a call is tried for {usual.patience_s:g} s",
    )
    return "; ".join(whole)


def _profiles(file: Path) -> Mapping[str, Mapping[str, object]]:
    """Entries of clouds.yaml by name, as they stand there; none where there is no file."""
    try:
        read = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsError(f"reading {file}: {error.strerror}; see docs/settings.md") from None
    except (yaml.YAMLError, ValueError):  # its text may hold what stands there
        raise SettingsError(f"reading {file}: it is no YAML; see docs/settings.md") from None
    entries = read.get("clouds") if isinstance(read, dict) else None
    if not isinstance(entries, dict):
        raise SettingsError(f"reading {file}: it has no `clouds`; see docs/settings.md")
    return {str(name): entry for name, entry in entries.items() if isinstance(entry, dict)}


def _limits(settings: Settings, entry: Mapping[str, object], where: str) -> Limits:
    at_once = entry.get("calls_at_once", settings.cloud_calls_at_once)
    per_s = entry.get("calls_per_s", settings.cloud_calls_per_s)
    # openstacksdk gives every value of clouds.yaml as text
    number, rate = str(at_once), str(per_s)
    wrong = []
    if not number.isdecimal() or not int(number):
        wrong.append(f"calls_at_once is a whole number, 1 or more, not {number}")
    if not _RATE.fullmatch(rate):
        wrong.append(f"calls_per_s is a number, 0 for no limit, not {rate}")
    if wrong:
        raise SettingsError(
            f"reading the limits of {where}, else of broker.toml: {'; '.join(wrong)}; see docs/settings.md"
        )
    return Limits(int(number), float(rate), settings.cloud_patience_s)


def stores(file: Path) -> Mapping[str, Mapping[str, str]]:
    """Profiles of S3 gateways by name; empty where there is no file.

    Raises:
        SettingsError: The file cannot be read, or is no JSON with one object per profile.
    """
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsError(f"reading {file}: {error.strerror}; see docs/settings.md") from None
    except ValueError as error:
        raise SettingsError(f"reading {file}: it is no JSON ({error}); see docs/settings.md") from error
    if not isinstance(read, dict) or not all(isinstance(entry, dict) for entry in read.values()):
        raise SettingsError(f"reading {file}: it is no object with one more per profile; see docs/settings.md")
    return read
