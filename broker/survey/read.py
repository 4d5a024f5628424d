"""Reads what a cloud has: lists and catalogues only, nothing is written."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from broker.documents.fields import Capability
from broker.documents.platform import CloudSpec
from broker.errors import CloudError
from broker.survey.seen import SeenCloud, SeenFlavor, SeenImage

if TYPE_CHECKING:
    from openstack.connection import Connection

EVERYBODY = "*"
Probe = Callable[[], Mapping[Capability, bool]]


def read(connection: "Connection", cloud: CloudSpec, probe: Probe | None = None) -> SeenCloud:
    """What the cloud has. `probe` tries its S3 gateway, where somebody allowed that; else it is not asked.

    Raises:
        CloudError: The cloud refuses or does not answer.
    """
    api: Any = connection  # the proxies of openstacksdk carry no types worth following
    with answering(f"surveying the cloud of profile {cloud.profile}"):
        networks = [n for n in api.network.networks(name=cloud.external_network) if n.is_router_external]
        return SeenCloud(
            domain=any(d.name == cloud.domain for d in api.identity.domains(name=cloud.domain)),
            flavors={f.name: SeenFlavor(f.vcpus, f.ram) for f in api.compute.flavors() if f.is_public},
            images=_images(api),
            volume_types=frozenset(t.name for t in api.block_storage.types() if t.is_public),
            external_network=len(networks) == 1,
            open_rows=tuple(sorted({action for network in networks for action in _open_rows(api, network.id)})),
            capabilities={
                **_capabilities(api),
                **(_swift(api) if cloud.object_store == "swift" else {}),
                **_tried(probe),
            },
            key_pairs=_key_pairs(api),
        )


@contextmanager
def answering(what: str) -> Iterator[None]:
    """Tells who asked and what cures it where the cloud refuses or does not answer."""
    from keystoneauth1.exceptions import ClientException  # noqa: PLC0415 - only where a cloud is asked
    from openstack.exceptions import SDKException  # noqa: PLC0415 - as above

    try:
        yield
    except (ClientException, SDKException) as error:
        raise CloudError(
            f"{what}: {error}; see that the cloud is up and the broker's account has its rights"
        ) from error


def _images(api: Any) -> dict[str, tuple[SeenImage, ...]]:
    found: dict[str, tuple[SeenImage, ...]] = {}
    for image in api.image.images(visibility="public"):
        sha512 = image.hash_value if image.hash_algo == "sha512" else ""
        found[image.name] = (*found.get(image.name, ()), SeenImage(image.id, image.status, sha512 or ""))
    return found


def _open_rows(api: Any, network_id: str) -> Iterator[str]:
    for row in api.network.rbac_policies(object_type="network", object_id=network_id):
        if row.target_project_id == EVERYBODY:
            yield row.action


def _capabilities(api: Any) -> dict[Capability, bool]:
    extensions = {extension.alias for extension in api.network.extensions()}
    services = [(service.binary, service.state) for service in api.block_storage.services()]
    return {
        "load_balancer": api.endpoint_for("load-balancer") is not None,
        "volume_backup": ("cinder-backup", "up") in services,
        "gateway_qos": "qos-gateway-ip" in extensions,
    }


def _key_pairs(api: Any) -> int | None:
    """Nova counts them by user over all projects, and limits them by the project's quota, which here is the default."""
    limit: int | None = api.compute.get_quota_set_defaults(api.session.get_project_id()).key_pairs
    return None if limit is None or limit < 0 else limit


def _swift(api: Any) -> dict[Capability, bool]:
    """Swift says what it can in one document. Its S3 side knows neither lifecycle rules nor policies."""
    endpoint = urlsplit(api.endpoint_for("object-store"))
    info = api.object_store.get(f"{endpoint.scheme}://{endpoint.netloc}/info").json()
    return {
        "bucket_versioning": "object_versioning" in info,
        "bucket_lifecycle": False,
        "bucket_encryption": bool(info.get("encryption", {}).get("enabled")),
        "bucket_policy": False,
    }


def _tried(probe: Probe | None) -> Mapping[Capability, bool]:
    return probe() if probe else {}
