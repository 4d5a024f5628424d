"""What the cloud itself enforces for a project: exactly what the ledger has claimed."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from stacks.provider.cloud import Cloud
from stacks.provider.cloud_error import CloudError
from stacks.provider.neutron import GONE, number_problems
from stacks.provider.resource_type import Created, Found, Inputs, Problem, Refused, ResourceType
from stacks.provider.scope import Service

_MIB_PER_GIB: Final = 1024
_BAD_REQUEST: Final = 400
_CONFLICT: Final = 409
_FORBIDDEN: Final = 403
_BYTES_PER_GIB: Final = 1 << 30
_ACCOUNT_QUOTA: Final = "X-Account-Meta-Quota-Bytes"
_BY_TYPE: Final = "block_gib_by_type"
_OBJECT: Final = frozenset({"object_gib", "buckets"})
_BALANCERS: Final = "load_balancers"
_CREATE_PAUSES_S: Final = (0.2, 0.4, 0.8, 1.6, 3.2)
_DELETE_PAUSES_S: Final = (0.1, 0.2, 0.4, 0.8, 2.0, 4.0)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure at a service: `spare` is what the service itself makes there beside what was claimed."""

    input: str
    name: str
    factor: int = 1
    spare: int = 0

    def at_cloud(self, claimed: int) -> int:
        """The service's figure for a claim."""
        return claimed * self.factor + self.spare

    def claimed(self, at_cloud: int) -> int:
        """The claim that a service's figure stands for, rounded down; -1 where the service sets no limit."""
        return -1 if at_cloud < 0 else max(0, at_cloud - self.spare) // self.factor


_COMPUTE: Final = (
    Figure("vcpu", "cores"),
    Figure("memory_gib", "ram", factor=_MIB_PER_GIB),
    Figure("servers", "instances"),
)
_BLOCK: Final = (
    Figure("volumes", "volumes"),
    Figure("block_gib", "gigabytes"),
    Figure("snapshots", "snapshots"),
    Figure("backups", "backups"),
    Figure("backup_gib", "backup_gigabytes"),
)
# Neutron itself makes a default group with four rules in each project, two passing rules in each new group until they
# are taken out, and ports for DHCP (two agents at most) and the router's leg
_NETWORK: Final = (
    Figure("networks", "network"),
    Figure("subnets", "subnet"),
    Figure("ports", "port", spare=3),
    Figure("routers", "router"),
    Figure("public_addresses", "floatingip"),
    Figure("security_groups", "security_group", spare=1),
    Figure("security_group_rules", "security_group_rule", spare=24),
)
_FIGURES: Final = (*_COMPUTE, *_BLOCK, *_NETWORK)


class QuotaSet(ResourceType):
    """The project's quotas at Nova, Cinder, Neutron, Swift and Octavia; Swift has none for the number of buckets."""

    token = "govcloud:openstack:QuotaSet"  # noqa: S105 - a Pulumi type
    required = frozenset({"project_id", _BY_TYPE, *(figure.input for figure in _FIGURES)})
    optional = _OBJECT | {_BALANCERS}
    replaces = frozenset({"project_id"})

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def problems(self, inputs: Inputs) -> Sequence[Problem]:
        """Figures that are no whole numbers."""
        by_type = inputs[_BY_TYPE]
        names = (*(figure.input for figure in _FIGURES), *sorted(self.optional))
        wrong = number_problems(by_type, *by_type) if isinstance(by_type, dict) else []
        return [*number_problems(inputs, *names), *(Problem(f"{_BY_TYPE}.{p.property}", p.reason) for p in wrong)]

    async def create(self, key: str, inputs: Inputs) -> Created:
        """The quotas, set; asking twice is the same as once."""
        del key
        await self._settled(inputs)
        return Created(str(inputs["project_id"]))

    async def update(self, id_: str, key: str, old: Inputs, new: Inputs) -> Inputs:
        """Nothing beyond its inputs, after the services were told the new figures.

        Deletes come last in a run, so a figure may be lowered before what used it has gone. The larger of both figures
        holds until then; the new one is set when the run's deletes are done.
        """
        del id_, key
        dropped = {name: -1 for name in old[_BY_TYPE] if name not in new[_BY_TYPE]}
        wanted = {**new, _BY_TYPE: {**dropped, **new[_BY_TYPE]}}
        try:
            await self._set(wanted)
        except Refused:
            await self._set(_larger(old, new))
            self._cloud.later.append(partial(self._patiently, wanted))
        return {}

    async def _set(self, inputs: Inputs) -> None:
        # in a project that was made just now nothing is in use
        asks = self._asks(inputs, anyway=self._cloud.index.is_fresh(inputs["project_id"]))
        # all are seen to their end before one refusal is told: none may land after what is set next
        ends = await asyncio.gather(*(ask() for ask in asks), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end

    def _asks(self, inputs: Inputs, *, anyway: bool = False) -> Sequence[Callable[[], Awaitable[None]]]:
        """One request per service; `anyway`: Neutron need not look whether more is in use."""
        project = inputs["project_id"]
        by_type = {f"gigabytes_{name}": gib for name, gib in inputs[_BY_TYPE].items()}
        block = {**_at_cloud(_BLOCK, inputs), **by_type}
        network = partial(self._limit_network, project, _at_cloud(_NETWORK, inputs), anyway=anyway)
        compute = _at_cloud(_COMPUTE, inputs)
        return (
            partial(self._put, Service.COMPUTE, f"/os-quota-sets/{project}", "quota_set", compute),
            partial(self._put, Service.VOLUME, f"/os-quota-sets/{project}", "quota_set", block),
            network,
            *([partial(self._limit_account, project, inputs["object_gib"])] if "object_gib" in inputs else []),
            *([partial(self._limit_balancers, project, inputs[_BALANCERS])] if _BALANCERS in inputs else []),
        )

    async def _limit_network(self, project: str, figures: Mapping[str, int], *, anyway: bool) -> None:
        put = partial(self._put, Service.NETWORK, f"/quotas/{project}", "quota")
        if anyway:
            # a Neutron before 2022 does not know the word and refuses it; there it looks, and is asked until it agrees
            with contextlib.suppress(Refused):
                return await put({**figures, "force": True})
        return await put({**figures, "check_limit": True})

    async def _limit_account(self, project: str, object_gib: int) -> None:
        path, headers = f"/AUTH_{project}", {_ACCOUNT_QUOTA: str(object_gib * _BYTES_PER_GIB)}
        answer = await self._cloud.session.call(
            Service.OBJECT, "POST", path, headers=headers, accept=(_FORBIDDEN,), step="create:QuotaSet"
        )
        if answer.status == _FORBIDDEN:
            raise Refused("setting the object-store quota: give the broker's account the role ResellerAdmin at Swift")

    async def _limit_balancers(self, project: str, count: int) -> None:
        path, figures = f"/lbaas/quotas/{project}", {"load_balancer": count}
        answer = await self._cloud.session.call(
            Service.LOAD_BALANCER, "PUT", path, {"quota": figures}, accept=(_FORBIDDEN,), step="create:QuotaSet"
        )
        if answer.status == _FORBIDDEN:
            raise Refused("setting the load-balancer quota: give the broker's account its rights at Octavia")

    async def _put(self, service: Service, path: str, envelope: str, figures: Mapping[str, int]) -> None:
        try:
            await self._cloud.session.call(service, "PUT", path, {envelope: figures}, step="create:QuotaSet")
        except CloudError as error:
            if error.status not in {_BAD_REQUEST, _CONFLICT}:
                raise
            raise Refused(
                f"setting the {service} quota: {error.said}; what is in use beyond the new figure must go first"
            ) from error

    async def read(self, id_: str, key: str, inputs: Inputs) -> Found | None:
        """The figures as the three services have them."""
        del key
        compute, block, network, objects, balancers = await asyncio.gather(
            self._get(Service.COMPUTE, f"/os-quota-sets/{id_}", "quota_set"),
            self._get(Service.VOLUME, f"/os-quota-sets/{id_}", "quota_set"),
            self._get(Service.NETWORK, f"/quotas/{id_}", "quota"),
            self._account(id_, inputs),
            self._balancers(id_, inputs),
        )
        shown = {**_claimed(_COMPUTE, compute), **_claimed(_BLOCK, block), **_claimed(_NETWORK, network)}
        by_type = {name: block.get(f"gigabytes_{name}", -1) for name in inputs[_BY_TYPE]}
        return Found(id_, {**inputs, **shown, **objects, **balancers, _BY_TYPE: by_type})

    async def _account(self, project: str, inputs: Inputs) -> Mapping[str, int]:
        if "object_gib" not in inputs:
            return {}
        answer = await self._cloud.session.call(Service.OBJECT, "HEAD", f"/AUTH_{project}", accept=(GONE,))
        limit = answer.headers.get(_ACCOUNT_QUOTA)
        return {"object_gib": -1 if limit is None else int(limit) // _BYTES_PER_GIB}

    async def _balancers(self, project: str, inputs: Inputs) -> Mapping[str, int]:
        if _BALANCERS not in inputs:
            return {}
        figures = await self._get(Service.LOAD_BALANCER, f"/lbaas/quotas/{project}", "quota")
        return {_BALANCERS: int(figures["load_balancer"])}

    async def _get(self, service: Service, path: str, envelope: str) -> Mapping[str, Any]:
        figures: Mapping[str, Any] = (await self._cloud.session.call(service, "GET", path)).body[envelope]
        return figures

    async def delete(self, id_: str, inputs: Inputs) -> None:
        """Nothing; every figure is zero, whatever of what was deleted just before is still counted."""
        nothing = {**dict.fromkeys((figure.input for figure in _FIGURES), 0), "project_id": id_}
        nothing |= {_BALANCERS: 0} if _BALANCERS in inputs else {}
        await self._patiently({**nothing, _BY_TYPE: dict.fromkeys(inputs[_BY_TYPE], 0)}, anyway=True)

    async def _settled(self, figures: Inputs) -> None:
        """Set, tried again at once: Neutron counts a network or subnet twice while it is being made beside this."""
        for pause_s in _CREATE_PAUSES_S:
            try:
                return await self._set(figures)
            except Refused:
                await asyncio.sleep(pause_s)
        return await self._set(figures)

    async def _patiently(self, figures: Inputs, *, anyway: bool = False) -> None:
        """Set; a service that still counts what was deleted just before is asked again."""
        asks = self._asks(figures, anyway=anyway)
        ends = await asyncio.gather(*(_until_counted(ask) for ask in asks), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end


async def _until_counted(ask: Callable[[], Awaitable[None]]) -> None:
    for pause_s in (*_DELETE_PAUSES_S, None):
        try:
            return await ask()
        except Refused:
            if pause_s is None:
                raise
            await asyncio.sleep(pause_s)
        except CloudError as error:
            if error.status != GONE:
                raise
            return None
    return None


def _larger(old: Inputs, new: Inputs) -> Inputs:
    """The larger of both figures everywhere, so that neither what is there nor what comes is refused."""
    names = (*(figure.input for figure in _FIGURES), *sorted(QuotaSet.optional & new.keys()))
    by_type = {name: max(old[_BY_TYPE].get(name, 0), gib) for name, gib in new[_BY_TYPE].items()}
    return {**new, **{name: max(old.get(name, 0), new[name]) for name in names}, _BY_TYPE: by_type}


def _at_cloud(figures: Sequence[Figure], inputs: Inputs) -> Mapping[str, int]:
    return {figure.name: figure.at_cloud(inputs[figure.input]) for figure in figures}


def _claimed(figures: Sequence[Figure], shown: Mapping[str, Any]) -> Mapping[str, int]:
    return {figure.input: figure.claimed(shown[figure.name]) for figure in figures}
