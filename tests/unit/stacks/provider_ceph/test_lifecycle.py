from typing import Any

import pytest

from stacks.provider.ceph.lifecycle import RULE_ID, Expiry, expiry_of, rule_for


def changed(**parts: Any) -> dict[str, Any]:
    """Our rule for 30 days, with parts as somebody or some store has them."""
    return {name: value for name, value in {**rule_for(30), **parts}.items() if value is not None}


def test_our_rule_removes_objects_older_versions_and_parts_of_uploads() -> None:
    assert rule_for(30) == {
        "ID": RULE_ID,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "Expiration": {"Days": 30},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 30},
    }


@pytest.mark.parametrize(
    "rule",
    [
        changed(),
        changed(Filter=None, Prefix=""),
        changed(Filter={}),
        changed(Transitions=[], NoncurrentVersionTransitions=[]),
    ],
)
def test_every_spelling_of_our_rule_is_our_rule(rule: dict[str, Any]) -> None:
    assert expiry_of([rule]) == Expiry(30)


@pytest.mark.parametrize(
    "rule",
    [
        changed(Status="Disabled"),
        changed(Expiration={"Days": 1}),
        changed(Expiration=None),
        changed(Expiration={"Date": "2027-01-01"}),
        changed(NoncurrentVersionExpiration=None),
        changed(AbortIncompleteMultipartUpload={"DaysAfterInitiation": 1}),
        changed(Filter={"Prefix": "tmp/"}),
        changed(Filter=None, Prefix="tmp/"),
        changed(Filter={"Tag": {"Key": "a", "Value": "b"}}),
        changed(Transitions=[{"Days": 1, "StorageClass": "COLD"}]),
    ],
)
def test_our_rule_changed_by_hand_is_a_rule_of_somebody_else(rule: dict[str, Any]) -> None:
    assert expiry_of([rule]) == Expiry(None, (RULE_ID,))


def test_rules_beside_ours_are_named() -> None:
    assert expiry_of([changed(ID="b"), rule_for(7), changed(ID="a")]) == Expiry(7, ("a", "b"))


def test_no_rules_expire_nothing() -> None:
    assert expiry_of([]) == Expiry()
