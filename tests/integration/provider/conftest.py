"""One private cloud for all tests of this folder, and stacks on it."""

import asyncio
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from openstack.config import OpenStackConfig
from openstack.connection import Connection

from stacks.provider.operation import Operation, Permit
from stacks.spec import StackSpec
from tests.integration.provider.play import Stack
from tests.integration.provider.stack_spec import TARGET, spec
from tools.openstack import cloud
from tools.openstack.layout import Layout, user_cache


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The cloud, and what a test sees there with the broker's own eyes."""

    layout: Layout
    admin: Connection = field(repr=False)

    def connect(self) -> Connection:
        """A new connection of the broker's account."""
        known = OpenStackConfig(config_files=[str(self.layout.clouds_yaml)], load_envvars=False)
        return Connection(config=known.get_one("sandbox"))

    def inside(self, project_id: str) -> Connection:
        """The connection of the broker's account with a token of the project."""
        return self.admin.connect_as(project_id=project_id)

    def count(self, path: str, project_id: str, service: str = "compute") -> int:
        """How many things a list of the project has."""
        every = "" if service == "network" else "all_tenants=1&"
        answer = getattr(self.admin, service).get(f"{path}?{every}project_id={project_id}")
        assert answer.status_code == 200, answer.text
        return len(next(iter(answer.json().values())))


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    layout = Layout(tmp_path_factory.mktemp("cloud"))
    try:
        cloud.up(layout, user_cache(), lambda _line: None, also=["octavia"])
        known = OpenStackConfig(config_files=[str(layout.clouds_yaml)], load_envvars=False)
        with Connection(config=known.get_one("sandbox")) as admin:
            yield Sandbox(layout, admin)
    finally:
        cloud.reset(layout, lambda _line: None)


@dataclass(slots=True)
class Case:
    """A spec of its own, and the stack made from it. `permit` is what the next operations may do away with."""

    spec: StackSpec
    stack: Stack
    permit: Permit = field(default_factory=Permit)
    fence: Callable[[], None] = lambda: None
    connect: Callable[[], Connection] | None = None
    """As another account than the sandbox's broker."""

    def permit_all(self) -> None:
        """Cover the loss of everything that the state knows."""
        self.permit = Permit(frozenset(kept.urn for kept in self.stack.state.values()))

    @property
    def project_id(self) -> str:
        return self.stack.ids["project"]


Make = Callable[..., Case]


@pytest.fixture
def make(sandbox: Sandbox) -> Iterator[Make]:
    """Makes a case; what is left of it afterwards is taken away."""
    cases: list[Case] = []

    def case(servers: int = 1, *, boot_gib: int = 2, data_gib: int = 1) -> Case:
        one = spec(f"case-{secrets.token_hex(3)}", servers, boot_gib=boot_gib, data_gib=data_gib)
        made = Case(one, Stack(one.name, lambda known: operation(made, known)))
        cases.append(made)
        return made

    def operation(made: Case, known: frozenset[str]) -> Operation:
        return Operation(
            target=TARGET,
            project_name=made.spec.project_name,
            known_ids=known,
            unclean=False,
            permit=made.permit,
            fence=made.fence,
            hand_over=lambda _what, _fields: None,
            connect=made.connect or sandbox.connect,
        )

    yield case
    for made in cases:
        made.permit_all()
        made.fence = lambda: None
        if made.stack.state:
            asyncio.run(made.stack.destroy())
