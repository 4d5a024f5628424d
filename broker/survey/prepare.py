"""Makes what a sandbox lacks: domain, flavors, volume types and stand-in images."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from broker.canonical import Json, digest
from broker.documents.platform import CloudSpec, FlavorSpec, ImageSpec
from broker.errors import SettingsError
from broker.ledger.audit import Entry
from broker.registry.filed import Registry
from broker.survey.compare import MIB_PER_GIB
from broker.survey.read import answering
from broker.survey.seen import SeenCloud

if TYPE_CHECKING:
    from openstack.connection import Connection

_IMAGE_BYTES = 1 << 16


def prepare(
    registry: Registry, cloud: CloudSpec, seen: SeenCloud, tiers: frozenset[str], connection: "Connection"
) -> Iterator[str]:
    """Makes what is missing, each named once it is there. What exists is never changed, not even where it differs.

    An external network needs addresses that no document has, and an image with a hash its one content: left to people.

    Raises:
        SettingsError: The cloud is not marked as sandbox.
        CloudError: The cloud refuses or does not answer.
    """
    if not cloud.sandbox:
        raise SettingsError(
            f"preparing the cloud of {cloud.provider} in {cloud.zone}: its document does not say sandbox: true; "
            f"only its provider may make flavors, types and images there"
        )
    api: Any = connection  # the proxies of openstacksdk carry no types worth following
    with answering(f"preparing the cloud of profile {cloud.profile}"):
        if not seen.domain:
            api.identity.create_domain(name=cloud.domain)
            yield f"domain {cloud.domain}"
        for flavor in (f.spec for f in registry.in_force(FlavorSpec) if f.spec.name not in seen.flavors):
            _flavor(api, flavor)
            yield f"flavor {flavor.name}"
        for name in sorted(tiers - seen.volume_types):
            api.block_storage.create_type(name=name, is_public=True)
            yield f"volume type {name}"
        for image in (f.spec for f in registry.in_force(ImageSpec)):
            if not image.sha512 and image.name not in seen.images:
                _image(api, image)
                yield f"image {image.name}"


def prepared(cloud: str, made: tuple[str, ...], person: str, at: datetime) -> Entry:
    """The audit entry of what was made on a sandbox."""
    body: dict[str, Json] = {"cloud": cloud, "made": list(made)}
    return Entry(at, person, "operator", f"prepare:{cloud}", "prepare", digest(body), body)


def _flavor(api: Any, flavor: FlavorSpec) -> None:
    """Its disk is 0: servers boot from volumes."""
    ram = flavor.memory_gib * MIB_PER_GIB
    api.compute.create_flavor(name=flavor.name, flavorid=flavor.name, vcpus=flavor.vcpu, ram=ram, disk=0)


def _image(api: Any, image: ImageSpec) -> None:
    """A small content of its own for each name, so that no two have the same hash."""
    content = hashlib.sha256(image.name.encode()).digest() * (_IMAGE_BYTES // hashlib.sha256().digest_size)
    form = {"disk_format": "raw", "container_format": "bare", "visibility": "public", "min_disk": 1}
    api.image.create_image(name=image.name, data=content, allow_duplicates=True, wait=True, **form)
