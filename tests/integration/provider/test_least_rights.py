"""An account with the rights of `examples/least-rights`, and not one more, does all of the broker's work."""

import secrets
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from openstack.config import OpenStackConfig
from openstack.connection import Connection
from openstack.identity.v3._proxy import Proxy as Identity

from stacks.program.build import build
from stacks.spec import Access
from tests.integration.provider.conftest import Make, Sandbox
from tests.integration.provider.stack_spec import HTTPS, balanced

pytestmark = [
    pytest.mark.cloud,
    # the SDK calls its own deprecated methods
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]
RULES = Path(__file__).parents[3] / "examples" / "least-rights"
ROLES = ("govcloud_broker", "member", "ResellerAdmin")


@pytest.fixture(scope="module")
def least(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenStackConfig]:
    """The profile `sandbox` of an account that has three roles in a project of its own and no other right."""
    identity, suffix = identity_of(sandbox), secrets.token_hex(3)
    rules = [Path(shutil.copy(path, sandbox.layout.etc / f"policy-{path.name}")) for path in RULES.glob("*.yaml")]
    known = {role.name: role.id for role in identity.roles()}
    role = known.get("govcloud_broker") or identity.create_role(name="govcloud_broker").id
    password = secrets.token_urlsafe(16)
    user = identity.create_user(name=f"least-{suffix}", domain_id="default", password=password)
    project = identity.create_project(name=f"least-{suffix}", domain_id="default")
    for name in ROLES:
        given = role if name == "govcloud_broker" else known[name]
        assert identity.put(f"/projects/{project.id}/users/{user.id}/roles/{given}").status_code == 204
    clouds = yaml.safe_load(sandbox.layout.clouds_yaml.read_text(encoding="utf-8"))
    own = {"username": user.name, "password": password, "project_name": project.name}
    clouds["clouds"]["sandbox"]["auth"] |= own
    file = tmp_path_factory.mktemp("least") / "clouds.yaml"
    file.write_text(yaml.safe_dump(clouds), encoding="utf-8")
    yield OpenStackConfig(config_files=[str(file)], load_envvars=False)
    for rule in rules:
        # not removed: without a file that they once had, the services read their rules anew at every request, and one
        # that comes meanwhile finds none and is refused
        rule.write_text("{}\n", encoding="utf-8")
    identity.delete_user(user.id)
    identity.delete_project(project.id)


def identity_of(sandbox: Sandbox) -> Identity:
    """The Identity calls of the sandbox's broker, of version 3."""
    calls = sandbox.admin.identity
    assert isinstance(calls, Identity)
    return calls


def connect(least: OpenStackConfig) -> Connection:
    return Connection(config=least.get_one("sandbox"))


async def test_a_whole_stack_is_made_changed_and_taken_away(make: Make, least: OpenStackConfig) -> None:
    case = make()
    case.connect = lambda: connect(least)
    case.spec = balanced(replace(case.spec, accesses=(Access("upload", "member", 1, None),)), HTTPS)
    made = await case.stack.up(build(case.spec))
    assert {name: error.details() for name, error in made.errors.items()} == {}
    assert (await case.stack.up(build(case.spec))).changed_nothing
    assert await case.stack.refresh() == {}
    case.permit_all()
    gone = await case.stack.destroy()
    assert {name: error.details() for name, error in gone.errors.items()} == {}
    assert case.stack.state == {}


def test_the_account_cannot_give_itself_or_anybody_more(least: OpenStackConfig, sandbox: Sandbox) -> None:
    identity = identity_of(sandbox)
    roles = {role.name: role.id for role in identity.roles()}
    with connect(least) as own:
        me, project = own.current_user_id, own.current_project_id
        (admin,) = (user.id for user in identity.users(domain_id="default", name="admin"))
        refused = [
            own.identity.put(f"/projects/{project}/users/{me}/roles/{roles['admin']}"),
            own.identity.put(f"/domains/default/users/{me}/roles/{roles['admin']}"),
            own.identity.patch(f"/users/{admin}", json={"user": {"password": "another"}}),
            own.identity.delete(f"/users/{admin}"),
            own.identity.post("/users", json={"user": {"name": "more", "domain_id": "default", "password": "x"}}),
            own.identity.post("/roles", json={"role": {"name": "more"}}),
            own.identity.delete(f"/projects/{project}"),
        ]
    assert [answer.status_code for answer in refused] == [403] * len(refused)
