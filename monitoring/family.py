"""Metric families and samples, and how they are written: text exposition format 0.0.4 of Prometheus.

Written by hand because the client library needs seconds for the 200,000 series of a district, and its result is
compared with the library's parser in the tests.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What a family's values may do."""

    GAUGE = "gauge"
    COUNTER = "counter"


class Page(StrEnum):
    """The page on which a family is served: what changes rarely is not sent every minute."""

    INVENTORY = "inventory"
    USAGE = "usage"
    COMPATIBLE = "openstack"
    """Told where it is asked for only: other families of the same things."""


@dataclass(frozen=True, slots=True)
class Family:
    """One metric: its name with the base unit in it, what it means, its labels in order, and where it comes from."""

    name: str
    kind: Kind
    page: Page
    labels: tuple[str, ...]
    help: str
    source: str

    @property
    def head(self) -> bytes:
        """Its HELP and TYPE lines."""
        return f"# HELP {self.name} {_escaped_help(self.help)}\n# TYPE {self.name} {self.kind}\n".encode()


class Sample(NamedTuple):
    """One value. `values` are those of the family's labels, in its order."""

    family: Family
    values: tuple[str, ...]
    value: float


def written(samples: Iterable[Sample]) -> dict[Family, bytes]:
    """The lines of the samples, by family, without heads.

    Raises:
        ValueError: A sample has more or fewer label values than its family has labels.
    """
    # lines go into one buffer each: 200,000 texts kept apart would be the most memory that the exporter ever needs
    buffers: dict[Family, bytearray] = {}
    templates: dict[Family, str] = {}
    for family, values, value in samples:
        if family not in templates:
            templates[family] = _template(family)
            buffers[family] = bytearray()
        if len(values) != len(family.labels):
            raise ValueError(f"{family.name} has labels {family.labels}, not {len(values)} values")
        shown = f"{value:d}" if type(value) is int else repr(value)
        buffers[family] += (templates[family] % (*map(_escaped, values), shown)).encode()
    return {family: bytes(buffers.pop(family)) for family in tuple(buffers)}


def _template(family: Family) -> str:
    if not family.labels:
        return f"{family.name} %s\n"
    labels = ",".join(f'{label}="%s"' for label in family.labels)
    return f"{family.name}{{{labels}}} %s\n"


def _escaped(value: str) -> str:
    if "\\" in value or '"' in value or "\n" in value:
        return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    return value


def _escaped_help(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n")
