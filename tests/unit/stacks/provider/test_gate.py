import pytest

from stacks.provider.gate import require_permit
from stacks.provider.operation import Permit
from stacks.provider.resource_type import Refused

URN = "urn:pulumi:s::p::govcloud:openstack:Volume::volume-data"


def test_without_a_permit_the_refusal_names_the_resource_and_what_to_run() -> None:
    with pytest.raises(Refused, match=r"deleting of volume-data is refused: .* run `broker reconcile`"):
        require_permit(Permit(), URN, sandbox=False, action="deleting")


def test_a_permit_covers_exactly_what_it_names() -> None:
    require_permit(Permit(frozenset({URN})), URN, sandbox=False, action="deleting")
    with pytest.raises(Refused):
        require_permit(Permit(frozenset({URN})), f"{URN}-2", sandbox=False, action="deleting")


def test_the_gate_is_lifted_only_on_a_sandbox_and_only_by_a_permit_that_says_so() -> None:
    unrestricted = Permit(sandbox_unrestricted=True)
    require_permit(unrestricted, URN, sandbox=True, action="deleting")
    for permit, sandbox in ((unrestricted, False), (Permit(), True)):
        with pytest.raises(Refused):
            require_permit(permit, URN, sandbox=sandbox, action="deleting")
