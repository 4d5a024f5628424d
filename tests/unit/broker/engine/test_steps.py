from __future__ import annotations

from broker.engine.state import SECRET_MARK
from broker.engine.steps import KNOWN_LATER, SECRET, UNKNOWN, Change, Ending, Step, changes_of, losses

VOLUME = "govcloud:openstack:Volume"


def step(op: str, name: str, kind: str = VOLUME) -> Step:
    return Step(op, f"urn:pulumi:s::govcloud::{kind}::{name}", kind, Ending.PLANNED)


def test_only_what_ends_a_present_copy_is_a_loss() -> None:
    steps = [step("create", "a"), step("update", "b"), step("replace", "c"), step("delete-replaced", "c")]
    steps += [step("create-replacement", "c"), step("delete", "d"), step("delete", "p", "pulumi:providers:govcloud")]
    assert {urn.rsplit("::", 1)[-1] for urn in losses(steps)} == {"c", "d"}
    assert losses(steps, frozenset({"govcloud:openstack:Server"})) == frozenset()


def test_changes_show_both_sides_and_neither_secrets_nor_sentinels() -> None:
    metadata = {
        "old": {"inputs": {"rules": [{"port": 80}], "key": {SECRET_MARK: "1b47", "ciphertext": "[secret]"}}},
        "new": {"inputs": {"rules": [{"port": 443}], "key": "", "network_id": UNKNOWN}},
        "detailedDiff": {
            "rules[0].port": {"diffKind": "update-replace", "inputDiff": True},
            "network_id": {"diffKind": "add", "inputDiff": True},
            "key": {"diffKind": "update", "inputDiff": True},
        },
    }
    assert changes_of(metadata) == (
        Change("key", "update", replaces=False, before=SECRET, after=""),
        Change("network_id", "add", replaces=False, before=None, after=KNOWN_LATER),
        Change("rules[0].port", "update", replaces=True, before=80, after=443),
    )
