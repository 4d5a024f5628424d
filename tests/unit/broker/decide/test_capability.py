"""Encryption and readers of a bucket: from the form, through what the cloud's document offers, to the resource."""

from dataclasses import replace
from typing import Any, Literal

import pytest

from broker.decide.capability import offered
from broker.documents.changes import AddBucket
from broker.documents.fields import Capability
from broker.documents.platform import CloudSpec
from broker.estate.change import apply_change
from broker.estate.fold import fold
from broker.estate.platform import platform_of
from broker.estate.system import System
from broker.plan.stack import stack_specs
from broker.registry.filed import Filed, Registry
from stacks.program.build import build
from tests.fixtures import demo_district as demo
from tests.unit.broker.decide.rounds import filed_at, round_of

NOW = demo.at("2026-11-23T12:00")
NEW = {"action": "add_bucket", "zone": "extranet", "bucket": {"name": "evidence", "quota_gib": 1, "encrypted": True}}
PRESENT = {"action": "set_bucket_encryption", "zone": "extranet", "bucket": "objects", "encrypted": True}
READ = {"action": "set_bucket_readers", "zone": "extranet", "bucket": "objects", "readers": ["grid-governance"]}
OFFERED: tuple[Capability, ...] = ("bucket_versioning", "bucket_lifecycle", "bucket_encryption", "volume_backup")


def form(*changes: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "govcloud/v1",
        "kind": "ServiceIntentForm",
        "metadata": {"id": "urban-v2-form", "filed_on": "2026-11-23", "filed_by": "urban-mgmt-clerk"},
        "spec": {
            "system": "urban-v2",
            "unit": "urban-mgmt",
            "reason": "执法影像须加密存放。",
            "intent": {"purpose": "change", "changes": list(changes)},
        },
    }


def offering(offers: tuple[Capability, ...] | None, *changes: dict[str, Any]) -> Registry:
    """The demo district with the form filed last, on clouds that offer this."""

    def changed(filed: Filed[Any]) -> Filed[Any]:
        if not isinstance(filed.spec, CloudSpec):
            return filed
        spec = filed.spec.model_copy(update={"offers": offers})
        return replace(filed, document=filed.document.model_copy(update={"spec": spec}))

    known = filed_at(NOW, [form(*changes)])
    return replace(known, filed=tuple(changed(filed) for filed in known.filed))


@pytest.mark.parametrize("change", [NEW, PRESENT], ids=["new", "present"])
@pytest.mark.parametrize(
    ("offers", "codes"),
    [(OFFERED, []), (tuple(o for o in OFFERED if o != "bucket_encryption"), ["NOT_IN_CATALOGUE"])],
    ids=["offered", "not offered"],
)
def test_encryption_is_taken_only_where_the_clouds_document_offers_it(
    offers: tuple[Capability, ...], codes: list[str], change: dict[str, Any]
) -> None:
    decision = round_of(offering(offers, change), NOW).outcomes[-1].decision
    assert decision.filed.id == "urban-v2-form"
    assert [finding.code for finding in decision.findings] == codes


@pytest.mark.parametrize("change", [NEW, PRESENT], ids=["new", "present"])
def test_where_the_clouds_document_says_nothing_encryption_is_not_promised(change: dict[str, Any]) -> None:
    decision = round_of(offering(None, change), NOW).outcomes[-1].decision
    assert [finding.code for finding in decision.findings] == ["NOT_IN_CATALOGUE"]


def test_encryption_that_ends_needs_nothing_of_the_cloud() -> None:
    decision = round_of(offering((), {**PRESENT, "encrypted": False}), NOW).outcomes[-1].decision
    assert decision.findings == ()


@pytest.mark.parametrize(
    ("offers", "codes"),
    [((*OFFERED, "bucket_policy"), []), (OFFERED, ["NOT_IN_CATALOGUE"]), (None, ["NOT_IN_CATALOGUE"])],
)
def test_readers_are_taken_only_where_the_clouds_document_promises_policies(
    offers: tuple[Capability, ...] | None, codes: list[str]
) -> None:
    decision = round_of(offering(offers, READ), NOW).outcomes[-1].decision
    assert [finding.code for finding in decision.findings] == codes


def test_readers_that_end_need_nothing_of_the_cloud() -> None:
    decision = round_of(offering((), {**READ, "readers": []}), NOW).outcomes[-1].decision
    assert decision.findings == ()


@pytest.mark.parametrize(
    ("asked", "capability"),
    [
        ({"versioning": True}, "存储桶多版本"),
        ({"expire_days": 30}, "存储桶到期清理"),
        ({"encrypted": True}, "存储桶默认加密"),
        ({"readers": ["grid-governance"]}, "存储桶授权读取"),
    ],
)
def test_each_thing_that_a_new_bucket_asks_for_is_named_where_it_is_asked(
    asked: dict[str, Any], capability: str
) -> None:
    new = {**NEW, "bucket": {"name": "evidence", "quota_gib": 1, **asked}}
    (finding,) = round_of(offering((), new), NOW).outcomes[-1].decision.findings
    assert (finding.code, finding.field) == ("NOT_IN_CATALOGUE", f"spec.intent.changes[0].bucket.{next(iter(asked))}")
    assert capability in finding.fact_zh


def test_a_store_of_swift_offers_no_policies_whatever_its_document_says() -> None:
    cloud = next(filed.spec for filed in demo.registry().filed if isinstance(filed.spec, CloudSpec))
    promising = cloud.model_copy(update={"offers": ("bucket_policy", "bucket_versioning")})
    kinds: tuple[Literal["ceph", "swift"], ...] = ("ceph", "swift")
    told = [offered(promising.model_copy(update={"object_store": kind})) for kind in kinds]
    assert told == [{"bucket_policy", "bucket_versioning"}, {"bucket_versioning"}]


def test_what_the_form_says_reaches_the_bucket_of_the_stack_and_no_other() -> None:
    known = offering(OFFERED, NEW)
    estate = fold(known.filed, demo.admissions(known, NOW), NOW)
    system = estate.system("urban-v2")
    assert system is not None
    changed = apply_change(system, AddBucket.model_validate(NEW), "urban-v2-form")
    assert isinstance(changed, System)
    after = replace(estate, systems=tuple(changed if s is system else s for s in estate.systems))
    [spec] = [spec for spec in stack_specs(after, platform_of(known)) if spec.system == "urban-v2"]
    told = {r.name: r.properties.get("encryption") for r in build(spec) if r.type == "govcloud:ceph:Bucket"}
    assert told == {"bucket-urban-v2-extranet-objects": None, "bucket-urban-v2-extranet-evidence": "AES256"}
