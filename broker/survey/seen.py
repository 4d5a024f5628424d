"""What a cloud was seen to have, as plain values, so that comparing needs no cloud."""

from collections.abc import Mapping
from dataclasses import dataclass

from broker.documents.fields import Capability


@dataclass(frozen=True, slots=True)
class SeenFlavor:
    """A flavor as the cloud has it."""

    vcpu: int
    memory_mib: int


@dataclass(frozen=True, slots=True)
class SeenImage:
    """An image as the cloud has it. `sha512` is empty where the cloud hashes its images in another way."""

    id: str
    status: str
    sha512: str


@dataclass(frozen=True, slots=True)
class SeenCloud:
    """One cloud. `capabilities` has those that could be asked, each with the answer."""

    domain: bool
    flavors: Mapping[str, SeenFlavor]
    images: Mapping[str, tuple[SeenImage, ...]]
    """By name; a name that several images have names none."""
    volume_types: frozenset[str]
    external_network: bool
    """Whether there is exactly one external network of the document's name."""
    open_rows: tuple[str, ...]
    """Actions that rows of access control open to every project on that network."""
    capabilities: Mapping[Capability, bool]
    key_pairs: int | None = None
    """How many a user may have, over all projects, where the project says no other; None = there is no limit."""
