from typing import get_args

import pytest

from broker.attachments.rights import CLASSES, bucket_policy, may_read
from broker.documents.organisations import Role

READS = {  # who reads what is another's
    "cloud_office": {"public", "case", "restricted"},
    "security_supervisor": {"public", "case", "restricted"},
    "ops_department": {"public", "case"},
    "provider": {"public", "case"},
    "unit": {"public"},
    "finance_department": {"public"},
    "facility_operator": {"public"},
}


@pytest.mark.parametrize("role", get_args(Role))
def test_a_role_reads_the_classes_that_its_duty_needs_and_everybody_his_own(role: Role) -> None:
    assert {name for name in CLASSES if may_read(role, "somebody", name, "health")} == READS[role]
    assert all(may_read(role, "health", name, "health") for name in CLASSES)


def test_the_policy_gives_every_user_what_his_role_and_organisation_may() -> None:
    roles: dict[Role, tuple[str, ...]] = {"cloud_office": ("arn:office",), "ops_department": ("arn:ops",)}
    policy = bucket_policy("papers", roles, {"health": ("arn:health",)})
    found = {
        statement["Sid"]: (statement["Principal"]["AWS"], statement["Action"], statement["Resource"])
        for statement in policy["Statement"]
    }
    own = [f"arn:aws:s3:::papers/{name}/health/*" for name in CLASSES]
    assert found == {
        "ReadPublic": (["arn:office", "arn:ops"], ["s3:GetObject"], ["arn:aws:s3:::papers/public/*"]),
        "ReadCase": (["arn:office", "arn:ops"], ["s3:GetObject"], ["arn:aws:s3:::papers/case/*"]),
        "ReadRestricted": (["arn:office"], ["s3:GetObject"], ["arn:aws:s3:::papers/restricted/*"]),
        "OwnHealth": (["arn:health"], ["s3:GetObject", "s3:PutObject"], own),
    }
