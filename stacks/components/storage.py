"""Data volumes: made with their server, attached to it, and never gone with it."""

from collections.abc import Iterator

from stacks.components.labels import cloud_name, labels
from stacks.components.project import PROJECT
from stacks.resource import Ref, Resource
from stacks.spec import Server, StackSpec, Volume

GROUP = "stack-storage"


def storage(spec: StackSpec) -> tuple[Resource, ...]:
    """The data volumes of every server with their attachments, and volumes that outlived their server."""
    attached = (r for tier in spec.tiers for server in tier.servers for r in _volumes(spec, server))
    kept = (_volume(spec, volume) for volume in spec.kept_volumes)
    return (Resource("govcloud:components:Storage", GROUP, component=True), *attached, *kept)


def _volumes(spec: StackSpec, server: Server) -> Iterator[Resource]:
    for volume in server.volumes:
        yield _volume(spec, volume)
        yield Resource(
            "govcloud:openstack:VolumeAttachment",
            f"attachment-{volume.name}",
            {
                "project_id": PROJECT,
                "server_id": Ref(f"server-{server.name}"),
                "volume_id": Ref(f"volume-{volume.name}"),
            },
            parent=GROUP,
            deleted_with=f"server-{server.name}",
        )


def _volume(spec: StackSpec, volume: Volume) -> Resource:
    return Resource(
        "govcloud:openstack:Volume",
        f"volume-{volume.name}",
        {
            "project_id": PROJECT,
            "name": cloud_name(spec, volume.name),
            "size_gib": volume.size_gib,
            "type": volume.type,
            "labels": labels(spec),
        },
        parent=GROUP,
        after=("broker-access", "quota"),
        holds_data=True,
    )
