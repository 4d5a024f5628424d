"""An operation of the engine on a gateway, of which a test sees and steers everything."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from openstack.connection import Connection

from stacks.provider.operation import Fenced, ObjectStore, Operation, Permit
from stacks.spec import CloudTarget, ObjectStoreKind

TARGET = CloudTarget(
    id="extranet-a",
    profile="extranet-a",
    domain="provider-a",
    region="RegionOne",
    external_network="ext-extranet-a",
    object_store=ObjectStoreKind.CEPH,
    object_profile="gateway-a",
    sandbox=True,
)


class Killed(BaseException):
    """The process ends here: nothing in the product may catch it."""


@dataclass
class Run:
    """What one run did, and where it is to be killed."""

    store: ObjectStore
    known_ids: frozenset[str] = frozenset()
    killed_at: str = ""
    lease_is_old: bool = False
    steps: list[str] = field(default_factory=list)
    fenced_count: int = 0
    handed_over: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    def operation(self) -> Operation:
        """The operation as the provider gets it."""
        return Operation(
            target=TARGET,
            project_name="school-bus/extranet",
            known_ids=self.known_ids,
            unclean=False,
            permit=Permit(),
            fence=self._fence,
            hand_over=lambda what, fields: self.handed_over.append((what, fields)),
            connect=_no_openstack,
            object_store=lambda: self.store,
            reached=self._reach,
        )

    def _fence(self) -> None:
        self.fenced_count += 1
        if self.lease_is_old:
            raise Fenced

    def _reach(self, step: str) -> None:
        self.steps.append(step)
        if step == self.killed_at:
            raise Killed


def _no_openstack() -> Connection:
    raise AssertionError("a gateway needs no OpenStack")
