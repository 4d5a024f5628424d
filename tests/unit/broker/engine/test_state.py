from __future__ import annotations

import json

import pytest

from broker.engine import state
from broker.errors import EngineError

SERVER = "urn:pulumi:erp::govcloud::govcloud:openstack:Server::server-web-1"


def with_resources(*resources: dict[str, object], pending: bool = False) -> bytes:
    document = json.loads(state.new("erp.internet.jc-a", "v1:a:v1:b:c"))
    document["checkpoint"]["latest"]["resources"] = list(resources)
    if pending:
        document["checkpoint"]["latest"]["pending_operations"] = [
            {"resource": {"urn": SERVER, "type": "govcloud:openstack:Server"}, "type": "creating"}
        ]
    return json.dumps(document).encode()


def server(identity: str, **more: object) -> dict[str, object]:
    return {"urn": SERVER, "custom": True, "id": identity, "type": "govcloud:openstack:Server", **more}


def test_a_new_state_holds_nothing_and_names_its_stack_and_salt() -> None:
    new = state.new("erp.internet.jc-a", "v1:a:v1:b:c")
    assert state.held(new) == ()
    assert state.stack_of(new) == "erp.internet.jc-a"
    assert state.salt_of(new) == "v1:a:v1:b:c"


def test_the_old_copy_of_a_replacement_is_known_and_the_new_one_stands_for_the_urn() -> None:
    held = with_resources(server("new"), server("old", delete=True))
    assert state.known_ids(held) == {"new", "old"}
    assert state.ids_by_urn(held) == {SERVER: "new"}


def test_providers_and_components_are_no_cloud_resources() -> None:
    held = with_resources({"urn": "u", "custom": True, "id": "1", "type": "pulumi:providers:govcloud"})
    assert state.known_ids(held) == frozenset()


def test_what_was_begun_when_a_run_was_killed_is_dropped() -> None:
    killed = with_resources(server("a"), pending=True)
    assert state.pending(killed) == (SERVER,)
    assert state.pending(state.without_pending(killed)) == ()
    assert state.known_ids(state.without_pending(killed)) == {"a"}


def test_the_digest_tells_inputs_apart_and_ignores_when() -> None:
    one = with_resources(server("a", inputs={"cpus": 1}, modified="2026-01-01T00:00:00Z"))
    later = with_resources(server("a", inputs={"cpus": 1}, modified="2026-01-02T00:00:00Z"))
    more = with_resources(server("a", inputs={"cpus": 2}))
    assert state.digest(one) == state.digest(later) != state.digest(more)


def test_bytes_that_are_no_state_are_refused_with_a_cure() -> None:
    with pytest.raises(EngineError, match="adopted by key"):
        state.held(b"[]")


def test_the_order_in_which_resources_were_registered_changes_no_digest() -> None:
    other = {**server("b"), "urn": SERVER.replace("web-1", "web-2")}
    assert state.digest(with_resources(server("a"), other)) == state.digest(with_resources(other, server("a")))
    assert state.digest(with_resources(server("a"), other)) != state.digest(with_resources(server("c"), other))
