"""The protocol's side over real gRPC, for an operation whose cloud may not be asked at all."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, NoReturn

import grpc
import grpc.aio
import pytest
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from stacks.provider.assembly import types_by_token
from stacks.provider.ceph import Gateway
from stacks.provider.cloud import Cloud
from stacks.provider.operation import Operation, Permit
from stacks.provider.servicer import Provider
from stacks.provider.values import UNKNOWN, Secret, decode, encode
from stacks.spec import CloudTarget, ObjectStoreKind

TARGET = CloudTarget("c", "p", "d", "r", "ext", ObjectStoreKind.SWIFT, "p", sandbox=False)
LABELS = {"system": "s", "unit": "u", "zone": "z", "request_number": "1"}
VOLUME = {"project_id": "p", "name": "data", "size_gib": 10, "type": "standard", "labels": LABELS}
BUCKET = {"project_id": "p", "name": "files", "quota_gib": 1, "versioning": False, "labels": LABELS}
SERVER = {"project_id": "p", "name": "a", "flavor": "f", "port_id": "x", "power": "running", "labels": LABELS}
RULE = {
    "flow": "F-1",
    "direction": "ingress",
    "protocol": "tcp",
    "port_min": 80,
    "port_max": 80,
    "remote_cidr": "10.0.0.0/8",
}


def no_cloud() -> NoReturn:
    raise AssertionError("a pure method asked the cloud")


def operation() -> Operation:
    return Operation(
        target=TARGET,
        project_name="s/z",
        known_ids=frozenset(),
        unclean=False,
        permit=Permit(),
        fence=lambda: None,
        hand_over=lambda _what, _fields: None,
        connect=no_cloud,
    )


@pytest.fixture
async def stub() -> AsyncIterator[Any]:
    server, provider = grpc.aio.server(), Provider(operation())
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield provider_pb2_grpc.ResourceProviderStub(channel)
    await provider.drain(1)
    await server.stop(0)


def urn(type_: str, name: str = "one") -> str:
    return f"urn:pulumi:s::govcloud::govcloud:components:Tier$govcloud:openstack:{type_}::{name}"


async def problems(stub: Any, type_: str, inputs: Mapping[str, Any]) -> dict[str, str]:
    answer = await stub.Check(provider_pb2.CheckRequest(urn=urn(type_), news=encode(inputs)))
    return {failure.property: failure.reason for failure in answer.failures}


async def difference(stub: Any, type_: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Any:
    request = provider_pb2.DiffRequest(id="1", urn=urn(type_), old_inputs=encode(old), news=encode(new))
    return await stub.Diff(request)


@pytest.mark.parametrize(
    ("type_", "inputs", "wrong"),
    [
        ("Volume", {**VOLUME, "size_gib": 0}, {"size_gib"}),
        ("Volume", {**VOLUME, "size_gib": 1.5}, {"size_gib"}),
        ("Volume", {**VOLUME, "colour": "red"}, {"colour"}),
        ("Volume", {"project_id": "p"}, {"name", "size_gib", "type", "labels"}),
        ("Server", {**SERVER, "image": "i", "power": "off"}, {"power"}),
        ("Server", SERVER, {"image"}),
        ("Server", {**SERVER, "image": "i", "boot_volume_id": "b"}, {"image"}),
        (
            "Subnet",
            {
                "project_id": "p",
                "network_id": "n",
                "name": "s",
                "cidr": "10.0.0.1/24",
                "gateway": "10.0.0",
                "labels": LABELS,
            },
            {"cidr", "gateway"},
        ),
        (
            "SecurityGroup",
            {"project_id": "p", "name": "g", "labels": LABELS, "rules": [RULE, {**RULE, "port_min": 90}]},
            {"rules[1].port_max"},
        ),
        ("Bucket", {"project_id": "p", "name": "Ü", "quota_gib": 1, "versioning": False, "labels": LABELS}, {"name"}),
        (
            "Bucket",
            {
                "project_id": "p",
                "name": "abc",
                "quota_gib": 1,
                "versioning": False,
                "labels": LABELS,
                "expire_days": 3,
            },
            {"expire_days"},
        ),
    ],
)
async def test_a_check_names_every_input_that_is_wrong(
    stub: Any, type_: str, inputs: Mapping[str, Any], wrong: set[str]
) -> None:
    assert set(await problems(stub, type_, inputs)) == wrong


async def test_a_check_passes_what_is_right_and_what_is_not_known_yet(stub: Any) -> None:
    assert await problems(stub, "Volume", VOLUME) == {}
    assert await problems(stub, "Server", {**SERVER, "port_id": UNKNOWN, "boot_volume_id": UNKNOWN}) == {}


async def test_the_same_inputs_are_no_difference(stub: Any) -> None:
    answer = await difference(stub, "Volume", VOLUME, VOLUME)
    assert answer.changes == provider_pb2.DiffResponse.DIFF_NONE


@pytest.mark.parametrize(
    ("type_", "old", "change", "replaces", "first"),
    [
        ("Volume", VOLUME, {"size_gib": 20}, [], "none"),
        ("Volume", VOLUME, {"size_gib": 5}, ["size_gib"], "old"),
        ("Volume", {**VOLUME, "image": "i"}, {"first_boot": "a"}, ["first_boot"], "old"),
        ("Bucket", BUCKET, {"name": "other"}, ["name"], "new"),
        ("Server", {**SERVER, "image": "i"}, {"flavor": "g"}, [], "none"),
        ("Server", {**SERVER, "image": "i"}, {"user_data": "#!/bin/sh"}, ["user_data"], "old"),
        ("Server", {**SERVER, "image": "i"}, {"port_id": "y"}, ["port_id"], "old"),
        ("Server", {**SERVER, "image": "i"}, {"port_id": UNKNOWN}, ["port_id"], "old"),
    ],
)
async def test_a_difference_says_whether_it_replaces_and_what_goes_first(  # noqa: PLR0913, PLR0917 - a table's columns
    stub: Any, type_: str, old: Mapping[str, Any], change: Mapping[str, Any], replaces: list[str], first: str
) -> None:
    answer = await difference(stub, type_, old, {**old, **change})
    assert list(answer.diffs) == list(change)
    assert list(answer.replaces) == replaces
    assert answer.deleteBeforeReplace is (first == "old")


async def test_a_preview_shows_what_only_the_cloud_knows_as_unknown_and_keeps_secrets(stub: Any) -> None:
    address = {"project_id": UNKNOWN, "external_network": "ext", "labels": LABELS}
    request = provider_pb2.CreateRequest(urn=urn("FloatingIp"), properties=encode(address), preview=True)
    shown = await stub.Create(request)
    assert (shown.id, decode(shown.properties)["address"]) == ("", UNKNOWN)
    server = {**SERVER, "image": "i", "user_data": Secret("#cloud-config")}
    request = provider_pb2.CreateRequest(urn=urn("Server"), properties=encode(server), preview=True)
    assert decode((await stub.Create(request)).properties)["user_data"] == Secret("#cloud-config")


async def test_what_holds_data_is_not_deleted_without_a_permit_and_the_cloud_is_not_asked(stub: Any) -> None:
    request = provider_pb2.DeleteRequest(id="1", urn=urn("Volume", "volume-data"), properties=encode(VOLUME))
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.Delete(request)
    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert "volume-data" in (refused.value.details() or "")


async def test_a_replacement_of_what_holds_data_is_refused_before_the_new_one_is_made(stub: Any) -> None:
    await difference(stub, "Bucket", BUCKET, {**BUCKET, "name": "other"})
    request = provider_pb2.CreateRequest(urn=urn("Bucket"), properties=encode({**BUCKET, "name": "other"}))
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.Create(request)
    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION


async def test_a_type_that_the_provider_does_not_have_is_told_as_such(stub: Any) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.Check(provider_pb2.CheckRequest(urn=urn("Balloon"), news=encode({})))
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND


async def test_a_surprise_is_told_as_internal_since_the_state_may_be_wrong(stub: Any) -> None:
    request = provider_pb2.CreateRequest(urn=urn("Volume"), properties=encode(VOLUME))
    with pytest.raises(grpc.aio.AioRpcError) as told:
        await stub.Create(request)
    assert told.value.code() is grpc.StatusCode.INTERNAL


def test_every_type_replaces_only_by_inputs_that_it_has() -> None:
    types = types_by_token(Cloud(operation()), Gateway(operation())).values()
    assert [each.token for each in types if not each.replaces <= each.required | each.optional] == []
    assert {each.token for each in types if each.holds_data} == {
        "govcloud:openstack:Volume",
        "govcloud:openstack:Bucket",
        "govcloud:ceph:Bucket",
    }
