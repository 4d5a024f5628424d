"""A bucket on Swift: a container of the stack's project with its hard limit."""

import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote, unquote

from stacks.provider.cloud import Cloud
from stacks.provider.key import LABELS
from stacks.provider.neutron import CONFLICT, GONE, number_problems
from stacks.provider.resource_type import Created, Found, Inputs, Problem, Refused, ResourceType
from stacks.provider.scope import Service

_GIB: Final = 1 << 30
_META: Final = "X-Container-Meta-"
_KEY: Final = f"{_META}Gc-Key"
_VERSIONS: Final = "X-Versions-Enabled"
_QUOTA: Final = f"{_META}Quota-Bytes"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


class Bucket(ResourceType):
    """A container. Its name in the project's account is its natural key."""

    token = "govcloud:openstack:Bucket"  # noqa: S105 - a Pulumi type
    required = frozenset({"project_id", "name", "quota_gib", "versioning", "labels"})
    optional = frozenset({"expire_days"})
    replaces = frozenset({"project_id", "name"})
    holds_data = True

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def problems(self, inputs: Inputs) -> Sequence[Problem]:
        """Names and figures that Swift or S3 would not take, and what Swift cannot do."""
        found = number_problems(inputs, "quota_gib", least=1)
        if isinstance(inputs["name"], str) and not _NAME.fullmatch(inputs["name"]):
            found.append(Problem("name", "must have 3 to 63 lower-case letters, digits, dots or hyphens, as S3 asks"))
        if inputs.get("expire_days") is not None:
            found.append(
                Problem("expire_days", "Swift expires no objects by bucket: leave it out, or use a Ceph cloud")
            )
        return found

    async def create(self, key: str, inputs: Inputs) -> Created:
        """The container; one of this name is adopted if it carries our key."""
        project = inputs["project_id"]
        if not self._cloud.index.is_fresh(project):
            shown = await self._head(project, inputs["name"])
            if shown is not None and shown.get(_KEY) != key:
                raise Refused(f"making the bucket {inputs['name']}: the project has one of this name that is not ours")
            if shown is not None:
                self._cloud.index.adopt("Bucket", inputs["name"], key)
        await self._cloud.session.call(
            Service.OBJECT,
            "PUT",
            _path(inputs["name"]),
            project_id=project,
            headers=_headers(key, inputs),
            step="create:Bucket",
        )
        return Created(inputs["name"])

    async def _head(self, project_id: str, name: str) -> Mapping[str, str] | None:
        answer = await self._cloud.session.call(
            Service.OBJECT, "HEAD", _path(name), project_id=project_id, accept=(GONE,)
        )
        return None if answer.status == GONE else answer.headers

    async def read(self, id_: str, key: str, inputs: Inputs) -> Found | None:
        """The container by its headers."""
        shown = await self._head(inputs["project_id"], id_)
        if shown is None:
            return None
        wanted = _headers(key, inputs)
        labelled = all(unquote(shown.get(name, "")) == unquote(wanted.get(name, "")) for name in _label_names())
        return Found(
            id_,
            {
                **inputs,
                "quota_gib": int(shown.get(_QUOTA, 0)) // _GIB,
                "versioning": shown.get(_VERSIONS, "").lower() == "true",
                "labels": inputs["labels"] if labelled else _labels(shown),
            },
        )

    async def update(self, id_: str, key: str, old: Inputs, new: Inputs) -> Inputs:
        """Limit, versioning and labels can change in place."""
        del old
        await self._cloud.session.call(
            Service.OBJECT, "POST", _path(id_), project_id=new["project_id"], headers=_headers(key, new)
        )
        return {}

    async def delete(self, id_: str, inputs: Inputs) -> None:
        """Nothing.

        Raises:
            Refused: It still holds objects: emptying it is a decision of its own.
        """
        answer = await self._cloud.session.call(
            Service.OBJECT,
            "DELETE",
            _path(id_),
            project_id=inputs["project_id"],
            accept=(GONE, CONFLICT),
            step="delete:Bucket",
        )
        if answer.status == CONFLICT:
            raise Refused(f"deleting the bucket {id_}: it still holds objects; hand them over and empty it first")


def _path(name: str) -> str:
    return "/" + quote(name, safe="")


def _headers(key: str, inputs: Inputs) -> dict[str, str]:
    # header values are Latin-1 on the wire: Chinese labels go percent-encoded
    labels = {f"{_META}{_title(name)}": quote(inputs["labels"].get(name, ""), safe=" ") for name in LABELS}
    versions = "true" if inputs["versioning"] else "false"
    return {_KEY: key, _QUOTA: str(inputs["quota_gib"] * _GIB), _VERSIONS: versions, **labels}


def _title(name: str) -> str:
    return "-".join(word.capitalize() for word in name.split("_"))


def _label_names() -> Sequence[str]:
    return [f"{_META}{_title(name)}" for name in LABELS]


def _labels(shown: Mapping[str, str]) -> Mapping[str, str]:
    return {name: unquote(shown.get(f"{_META}{_title(name)}", "")) for name in LABELS}
