"""What all of Neutron's resource types do alike: one object, its key in the description, changed by PUT."""

import asyncio
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import Any, ClassVar, Final

from stacks.provider.cloud import Cloud
from stacks.provider.index import Kind
from stacks.provider.key import description_of, labels_in
from stacks.provider.resource_type import Created, Found, Inputs, Problem, Refused, ResourceType
from stacks.provider.scope import Service
from stacks.provider.session import Answer, Item

CONFLICT: Final = 409
GONE: Final = 404
_DELETE_PAUSES_S: Final = (0.2, 0.4, 0.8, 1.6, 2.0, 2.0, 2.0)
_NAME_LIMIT: Final = 255


class NeutronType(ResourceType):
    """One kind of Neutron object. `body` is what a create sends, `changes` what an update brings about."""

    kind: ClassVar[Kind]
    singular: ClassVar[str]

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    @property
    def _step(self) -> str:
        return self.token.rpartition(":")[2]

    async def body(self, inputs: Inputs) -> Mapping[str, Any]:
        """What only a create sends, beside key, project and `changes`."""
        del inputs
        return {}

    async def changes(self, inputs: Inputs) -> Mapping[str, Any]:
        """The part that can be changed in place, beside the labels."""
        return {"name": inputs["name"]}

    def fits(self, inputs: Inputs, item: Item) -> bool:
        """Whether what a killed run left can serve these inputs."""
        del inputs, item
        return True

    async def complete(self, item: Item, inputs: Inputs) -> None:
        """Bring about what the object's own request could not (rules of a group or a policy)."""

    @abstractmethod
    async def observed(self, item: Item, inputs: Inputs) -> Inputs:
        """The inputs that describe the object as it is; labels are looked after elsewhere."""

    def outputs(self, item: Item) -> Inputs:
        """What is known of the object beyond its inputs."""
        del item
        return {}

    async def create(self, key: str, inputs: Inputs) -> Created:
        """The object, adopted if a killed run made it."""
        found = await self._cloud.index.find(self.kind, inputs["project_id"], key, lambda item: self.fits(inputs, item))
        item = found or await self.make(key, inputs)
        if found:
            await self._change(item, await self._wanted(key, inputs))
        await self.complete(item, inputs)
        return Created(item["id"], self.outputs(item))

    async def make(self, key: str, inputs: Inputs) -> Item:
        """The object as the service answered its create."""
        body = await self._create_body(key, inputs)
        answer = await self.write("POST", self.kind.path, {self.singular: body}, step=f"create:{self._step}")
        item: Item = answer.body[self.singular]
        return item

    async def _create_body(self, key: str, inputs: Inputs) -> Mapping[str, Any]:
        wanted = await self._wanted(key, inputs)
        return {"project_id": inputs["project_id"], **wanted, **await self.body(inputs)}

    async def _wanted(self, key: str, inputs: Inputs) -> Mapping[str, Any]:
        return {"description": description_of(key, inputs.get("labels", {})), **await self.changes(inputs)}

    async def _change(self, item: Item, wanted: Mapping[str, Any]) -> None:
        different = {name: value for name, value in wanted.items() if item.get(name) != value}
        if different:
            await self.write("PUT", f"{self.kind.path}/{item['id']}", {self.singular: different})

    async def read(self, id_: str, key: str, inputs: Inputs) -> Found | None:
        """The object from the project's list."""
        item = (await self._cloud.index.current(self.kind, inputs["project_id"])).get(id_)
        if item is None:
            return None
        seen = dict(await self.observed(item, inputs))
        if "labels" in inputs:
            seen["labels"] = labels_in(item.get("description"), key, inputs["labels"])
        return Found(id_, {**inputs, **seen}, self.outputs(item))

    async def update(self, id_: str, key: str, old: Inputs, new: Inputs) -> Inputs:
        """The outputs, after one PUT of the object as it is wanted, if it is not so already."""
        del old
        item = (await self._cloud.index.current(self.kind, new["project_id"])).get(id_)
        if item is None:
            raise Refused(f"changing {id_}: it is gone from the cloud; run `broker reconcile` with a refresh")
        await self._change(item, await self._wanted(key, new))
        await self.complete(item, new)
        return self.outputs(item)

    async def delete(self, id_: str, inputs: Inputs) -> None:
        """Nothing; what still lets go of it is waited for."""
        del inputs
        await self.take_away(Service.NETWORK, "DELETE", f"{self.kind.path}/{id_}", step=f"delete:{self._step}")

    async def write(self, method: str, path: str, body: Any, **options: Any) -> Answer:
        """The answer of one request to Neutron."""
        return await self._cloud.session.call(Service.NETWORK, method, path, body, **options)

    async def take_away(self, service: Service, method: str, path: str, body: Any = None, *, step: str = "") -> None:
        """Nothing, once the request is answered; a conflict is tried again while dependents are on their way out.

        Raises:
            CloudError: Something still uses it after ten seconds.
        """
        for pause_s in _DELETE_PAUSES_S:
            answer = await self._cloud.session.call(service, method, path, body, accept=(GONE, CONFLICT), step=step)
            if answer.status != CONFLICT:
                return
            await asyncio.sleep(pause_s)
        await self._cloud.session.call(service, method, path, body, accept=(GONE,))

    def problems(self, inputs: Inputs) -> Sequence[Problem]:
        """Names that the service would not take."""
        return text_problems(inputs, "name")


def text_problems(inputs: Inputs, *names: str) -> list[Problem]:
    """Inputs that are no text of 1 to 255 characters; unknown ones pass."""
    found = []
    for name in names:
        value = inputs.get(name)
        if isinstance(value, str) and not 0 < len(value) <= _NAME_LIMIT:
            found.append(Problem(name, f"must have 1 to {_NAME_LIMIT} characters"))
    return found


def number_problems(inputs: Inputs, *names: str, least: int = 0) -> list[Problem]:
    """Inputs that are no whole number of at least `least`; unknown and absent ones pass."""
    found = []
    for name in names:
        value = inputs.get(name)
        wrong_type = isinstance(value, bool | str | float | list | dict)
        if wrong_type or (isinstance(value, int) and value < least):
            found.append(Problem(name, f"must be a whole number of at least {least}"))
    return found


def cidr_problems(inputs: Inputs, name: str) -> list[Problem]:
    """An input that is no network in CIDR form (host bits zero)."""
    return _parsed(inputs, name, ip_network, "must be a network such as 10.0.0.0/24, host bits zero")


def address_problems(inputs: Inputs, name: str) -> list[Problem]:
    """An input that is no IP address."""
    return _parsed(inputs, name, ip_address, "must be an IP address")


def _parsed(inputs: Inputs, name: str, parse: Any, reason: str) -> list[Problem]:
    value = inputs.get(name)
    if not isinstance(value, str):
        return []
    try:
        parse(value)
    except ValueError:
        return [Problem(name, reason)]
    return []
