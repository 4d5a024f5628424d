from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from broker.engine import run, state
from broker.engine.command import Kind
from broker.engine.passphrase import Passphrase
from broker.engine.scrub import Scrubber
from broker.errors import EngineError
from stacks.provider.operation import Operation, Permit
from stacks.spec import CloudTarget, ObjectStoreKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openstack.connection import Connection

URN = "urn:pulumi:erp::govcloud::govcloud:openstack:Volume::volume-a"


def nowhere() -> Connection:
    raise AssertionError("no cloud is asked")


def held() -> bytes:
    document = json.loads(state.new("erp.internet.jc-a", "v1:a:v1:b:c"))
    document["checkpoint"]["latest"]["resources"] = [
        {"urn": URN, "custom": True, "id": "1", "type": "govcloud:openstack:Volume"}
    ]
    return json.dumps(document).encode()


def operation(told: list[Mapping[str, str]] | None = None) -> Operation:
    return Operation(
        target=CloudTarget("a", "a", "Default", "r", "public", ObjectStoreKind.SWIFT, "a", sandbox=True),
        project_name="erp/internet",
        known_ids=frozenset({"1"}),
        unclean=False,
        permit=Permit(),
        fence=lambda: None,
        hand_over=lambda _what, fields: None if told is None else told.append(fields),
        connect=nowhere,
    )


def destroy(held_state: bytes | None) -> run.Run:
    return run.Run("erp.internet.jc-a", Kind.DESTROY, held_state, None, Passphrase(Path("none"), "v1:a:v1:b:c"))


def test_an_operation_that_forgets_an_id_of_the_state_is_refused() -> None:
    run.check(destroy(held()), operation())
    with pytest.raises(EngineError, match="does not know 1 ids"):
        run.check(destroy(held()), replace(operation(), known_ids=frozenset()))


def test_a_permit_for_another_state_is_refused() -> None:
    run.check(destroy(held()), replace(operation(), permit=Permit(frozenset({URN}), state.digest(held()))))
    with pytest.raises(EngineError, match="preview again"):
        run.check(destroy(held()), replace(operation(), permit=Permit(frozenset({URN}), "sha256:old")))


def test_bringing_up_needs_a_spec() -> None:
    with pytest.raises(EngineError, match="there is no spec"):
        run.check(replace(destroy(None), kind=Kind.UP), operation())


def test_what_a_cloud_hands_over_is_masked_from_then_on() -> None:
    told: list[Mapping[str, str]] = []
    scrubber = Scrubber()
    run.listening(operation(told), scrubber).hand_over("object-user", {"secret_key": "hunter-2"})
    assert told == [{"secret_key": "hunter-2"}]
    assert scrubber.known("signed by hunter-2") == "signed by [secret]"
