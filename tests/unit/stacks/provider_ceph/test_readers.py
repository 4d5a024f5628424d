from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.provider.ceph.readers import digest_of, policy_for, readers_of

UIDS = st.lists(
    st.from_regex(r"[a-z][a-z0-9_]{0,8}\$[a-z][a-z0-9-]{0,8}-extranet", fullmatch=True), min_size=1, unique=True
)


@given(uids=UIDS, versioning=st.booleans())
def test_a_policy_says_whom_it_was_made_for_and_of_another_bucket_or_other_versions_nothing(
    uids: list[str], *, versioning: bool
) -> None:
    policy = policy_for("files", uids, versioning=versioning)
    assert readers_of(policy, "files", versioning=versioning) == tuple(sorted(uids))
    assert readers_of(policy, "files", versioning=not versioning) is None
    assert readers_of(policy, "other", versioning=versioning) is None


@given(UIDS)
def test_the_order_of_the_users_is_nobodys_change(uids: list[str]) -> None:
    policy = policy_for("files", uids, versioning=True)
    policy["Statement"][0]["Principal"]["AWS"].reverse()
    assert readers_of(policy, "files", versioning=True) == tuple(sorted(uids))


def test_a_list_of_one_may_come_back_as_its_member() -> None:
    policy = policy_for("files", ["unit_a$hall-extranet"], versioning=False)
    [principal] = policy["Statement"][0]["Principal"]["AWS"]
    policy["Statement"][0]["Principal"]["AWS"] = principal
    assert readers_of(policy, "files", versioning=False) == ("unit_a$hall-extranet",)


@pytest.mark.parametrize(
    "change",
    [
        {"Principal": "*"},
        {"Principal": {"AWS": "*"}},
        {"Principal": {"AWS": []}},
        {"Principal": {"AWS": ["arn:aws:iam::unit_a:root"]}},
        {"Principal": {"AWS": ["arn:aws:iam::unit_a:user/"]}},
        {"Principal": {"AWS": ["arn:aws:iam::unit_a:user/b"], "Service": ["*"]}},
        {"Principal": {"AWS": [7]}},
        {"Effect": "Deny"},
        {"Sid": "of the unit"},
        {"Action": ["s3:*"]},
        {"Resource": "*"},
        {"Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}},
    ],
)
def test_a_policy_that_says_anything_else_names_no_readers(change: dict[str, Any]) -> None:
    policy = policy_for("files", ["unit_a$b"], versioning=False)
    policy["Statement"][0] |= change
    assert readers_of(policy, "files", versioning=False) is None


def test_no_policy_has_no_readers_and_no_digest() -> None:
    assert readers_of(None, "files", versioning=False) == ()
    assert digest_of(None) == ""
    assert readers_of({}, "files", versioning=False) is None
    assert readers_of({"Statement": []}, "files", versioning=False) is None
