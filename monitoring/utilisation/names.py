"""The names of series that use is read from, and the deployment's file that maps them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from broker.errors import SettingsError
from monitoring.recording import SeriesNames, UnknownName, names_from


@dataclass(frozen=True, slots=True)
class UseNames:
    """Series in Prometheus with a sample for every five minutes; the defaults are those that `broker rules` records."""

    cpu: str = "server:govcloud_server_cpu:ratio_avg5m"
    memory: str = "server:govcloud_server_memory:ratio_avg5m"
    network_receive: str = "server:govcloud_server_network_receive:bytes_avg5m"
    network_transmit: str = "server:govcloud_server_network_transmit:bytes_avg5m"
    server_label: str = "server_id"
    """The label with the server's id on its cloud."""
    system_cpu: str = "system:govcloud_server_cpu:ratio_avg5m"
    system_memory: str = "system:govcloud_server_memory:ratio_avg5m"
    probe: str = "govcloud_probe_success"
    """1 or 0 by `system_id`; a probe of your own, such as the blackbox exporter's `probe_success`."""


@dataclass(frozen=True, slots=True)
class UseSettings:
    """`utilisation.toml`: where use is known. Empty = there is no such source."""

    prometheus: str = ""
    """Address of the Prometheus that holds the recorded series."""
    series: UseNames = field(default_factory=UseNames)
    libvirt: SeriesNames = field(default_factory=SeriesNames)
    """What `broker rules` records from: the names of the libvirt exporter's series."""
    policy: Path | None = None
    """The thresholds' file; None: the ones that the product ships."""
    gnocchi: tuple[str, ...] = ()
    """Cloud profiles whose server use is Gnocchi's."""


def use_settings(file: Path) -> UseSettings:
    """The settings of a file; one that is not there has no source.

    Raises:
        SettingsError: It is no TOML, or has keys that are none of these; all are named.
    """
    try:
        given = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return UseSettings()
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"reading {file}: {error}; see docs/settings.md") from error
    prometheus, gnocchi = dict(given.pop("prometheus", {})), dict(given.pop("gnocchi", {}))
    try:
        found = UseSettings(
            prometheus=str(prometheus.pop("url", "")),
            series=_use_names(prometheus.pop("series", {})),
            libvirt=names_from(given.pop("libvirt", {})),
            policy=file.parent / str(given.pop("policy")) if "policy" in given else None,
            gnocchi=tuple(map(str, gnocchi.pop("profiles", ()))),
        )
    except UnknownName as error:
        raise SettingsError(f"reading {file}: {error}; see docs/settings.md") from error
    if unknown := sorted(
        [*given, *(f"prometheus.{key}" for key in prometheus), *(f"gnocchi.{key}" for key in gnocchi)]
    ):
        raise SettingsError(f"reading {file}: {', '.join(unknown)} is no setting; see docs/settings.md")
    return found


def _use_names(given: Mapping[str, Any]) -> UseNames:
    known = {one.name for one in fields(UseNames)}
    if unknown := sorted(given.keys() - known):
        raise UnknownName(f"no such series: {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    return UseNames(**{name: str(value) for name, value in given.items()})
