"""A unit's access to its project: handed over once, least rights, ended and replaced, never doubled."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest
from keystoneauth1.exceptions import ClientException
from keystoneauth1.identity.v3 import ApplicationCredential
from keystoneauth1.session import Session

from stacks.components.api_access import api_access
from stacks.components.project import project
from stacks.resource import Resource
from stacks.spec import Access
from tests.integration.provider.conftest import Case, Make, Sandbox
from tests.integration.provider.play import Run

pytestmark = [
    pytest.mark.cloud,
    # the SDK calls its own deprecated methods
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]
READER = Access("monitoring", "reader", 1, "2999-12-31T16:00:00Z")


class Killed(Exception):
    """The run ends here."""


@dataclass(slots=True)
class Package:
    """What was handed over, in order."""

    given: list[Mapping[str, str]] = field(default_factory=list)

    def take(self, what: str, fields: Mapping[str, str]) -> None:
        assert what.startswith("application credential case-")
        if fields:
            self.given.append(fields)

    def lose(self, _what: str, _fields: Mapping[str, str]) -> None:
        raise Killed


async def up(case: Case, package: Package, *accesses: Access) -> Run:
    """Brought about without an error."""
    run = await case.stack.up(wanted(case, *accesses), hand_over=package.take)
    assert {name: error.details() for name, error in run.errors.items()} == {}
    return run


def wanted(case: Case, *accesses: Access) -> tuple[Resource, ...]:
    spec = replace(case.spec, accesses=accesses, routed=False)
    return (*project(spec), *api_access(spec))


def token_of(fields: Mapping[str, str]) -> tuple[Session, str]:
    auth = ApplicationCredential(
        auth_url=fields["auth_url"],
        application_credential_id=fields["application_credential_id"],
        application_credential_secret=fields["application_credential_secret"],
    )
    session = Session(auth=auth)
    return session, auth.get_access(session).project_id or ""


async def test_an_access_opens_its_own_project_with_its_own_role_and_makes_no_other(
    make: Make, sandbox: Sandbox
) -> None:
    case, package = make(), Package()
    await up(case, package, READER)
    (given,) = package.given
    secret = given["application_credential_secret"]
    assert secret not in str(case.stack.state)

    session, project_id = token_of(given)
    assert project_id == case.project_id
    access = session.auth.get_access(session)  # type: ignore[union-attr]  # it was made with one
    assert access.role_names == ["reader"]
    user_id = access.user_id
    assert user_id != sandbox.admin.current_user_id
    more = {"application_credential": {"name": "more", "roles": [{"name": "reader"}]}}
    refused = session.post(f"{given['auth_url']}/users/{user_id}/application_credentials", json=more, raise_exc=False)
    assert refused.status_code == 403

    again = await up(case, package, READER)
    assert again.changed_nothing
    assert await case.stack.refresh() == {}


async def test_an_access_is_shut_in_place_and_ends_with_its_resource(make: Make, sandbox: Sandbox) -> None:
    case, package = make(), Package()
    await up(case, package, READER)
    shut = await up(case, package, replace(READER, enabled=False))
    assert shut.updated == ["access-monitoring"]
    with pytest.raises(ClientException):
        token_of(package.given[0])
    await up(case, package, READER)
    assert len(package.given) == 1
    assert token_of(package.given[0])[1] == case.project_id

    member = await up(case, package, replace(READER, role="member"))
    assert member.replaced == ["access-monitoring"]
    assert await case.stack.refresh() == {}

    user_id = case.stack.ids["access-monitoring"].partition("/")[0]
    gone = await up(case, package)
    assert gone.deleted == ["access-monitoring"]
    assert sandbox.admin.identity.get(f"/users/{user_id}").status_code == 404


async def test_a_document_that_rotates_ends_the_old_secret_and_hands_over_a_new_one(make: Make) -> None:
    case, package = make(), Package()
    await up(case, package, READER)
    rotated = await up(case, package, replace(READER, serial=2))
    assert rotated.replaced == ["access-monitoring"]
    old, new = package.given
    assert token_of(new)[1] == case.project_id
    with pytest.raises(ClientException):
        token_of(old)


async def test_a_lost_state_keeps_what_the_unit_has_and_a_lost_secret_is_made_anew(make: Make) -> None:
    case, package = make(), Package()
    killed = await case.stack.up(wanted(case, READER), hand_over=package.lose)
    assert set(killed.errors) == {"access-monitoring"}
    await up(case, package, READER)
    assert token_of(package.given[0])[1] == case.project_id

    before = case.stack.ids
    case.stack.state.clear()
    adopted = await case.stack.up(wanted(case, READER), unclean=True, hand_over=package.take)
    assert not adopted.errors
    assert case.stack.ids == before
    assert len(package.given) == 1
