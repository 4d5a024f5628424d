"""Who the addressees of notices are: the organisations of the registry with their names and roles."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from broker.documents.organisations import OrganisationSpec, ProviderSpec, UnitSpec
from broker.documents.platform import PlatformSpec
from broker.registry.filed import Registry

ROLE: Final = "@"
"""Stands before an addressee that is a role: whoever holds it."""
OFFICE: Final = f"{ROLE}cloud_office"
_ROLES_ZH: Final[Mapping[str, str]] = {
    "cloud_office": "区网信办",
    "ops_department": "政务云日常管理部门",
    "unit": "使用单位",
    "provider": "政务云服务商",
    "security_supervisor": "安全监管服务商",
    "finance_department": "财政部门",
    "facility_operator": "设施层承担单位",
}


@dataclass(frozen=True, slots=True)
class Directory:
    """Name and role of every organisation, by the id it is known by for ever."""

    names: Mapping[str, str]
    roles: Mapping[str, str]
    simulated: bool = False
    """Whether the registry lives on a simulated clock: then every letter says so."""

    def holders(self, addressee: str) -> tuple[str, ...]:
        """The organisations behind an addressee; of a role that nobody holds, the role itself."""
        if not addressee.startswith(ROLE):
            return (addressee,)
        role = addressee.removeprefix(ROLE)
        return tuple(sorted(id_ for id_, held in self.roles.items() if held == role)) or (addressee,)

    def role_of(self, organisation: str) -> str:
        """The role of an organisation, or of an addressee that is a role; empty = it is not known."""
        return self.roles.get(organisation, organisation.removeprefix(ROLE) if organisation.startswith(ROLE) else "")

    def name_of(self, addressee: str) -> str:
        """The Chinese name."""
        return self.names.get(addressee) or _ROLES_ZH.get(addressee.removeprefix(ROLE), addressee)


def directory(registry: Registry) -> Directory:
    """The organisations in force."""
    kinds: Any = ((OrganisationSpec, ""), (UnitSpec, "unit"), (ProviderSpec, "provider"))
    found = [(registry.first(filed.id), filed.spec, role) for kind, role in kinds for filed in registry.in_force(kind)]
    return Directory(
        {id_: spec.name_zh for id_, spec, _ in found},
        {id_: role or spec.role for id_, spec, role in found},
        simulated=any(platform.spec.simulation for platform in registry.in_force(PlatformSpec)),
    )
