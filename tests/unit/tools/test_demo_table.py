"""The demo's table sums the papers by itself; what it expects of quotas and backups must be what the plan asks for."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from broker.backup.subject import subjects
from broker.estate.fold import fold
from broker.estate.platform import platform_of
from broker.plan.stack import stack_specs
from stacks.program.build import build
from stacks.provider.ceph.naming import gateway_uid
from tests.fixtures import demo_district as demo
from tools.demo.approved import approved, read
from tools.demo.clouds import Bucket, Inventory
from tools.demo.lines import Line, lines

EXAMPLES = Path(__file__).parents[3] / "examples" / "registry"
DAY = date(2026, 11, 23)
AT_LEAST = 400
"""Lines that issue and README promise."""
RECEIPT: Mapping[str, object] = {
    "kind": "HandOver",
    "metadata": {"id": "urban-v1-exit-2026-hand-over", "filed_on": "2026-11-26"},
    "spec": {"system": "urban-v1", "form": "urban-v1-exit-2026", "wipe": True},
}


def table(instant: str, *more: Mapping[str, object]) -> list[Line]:
    documents = [*read(EXAMPLES), *more]
    return lines(approved(documents, demo.at(instant)), Inventory(), table_flavors(), DAY)


def table_flavors() -> dict[str, tuple[int, int]]:
    found = (document["spec"] for document in read(EXAMPLES) if document["kind"] == "Flavor")
    return {spec["name"]: (spec["vcpu"], spec["memory_gib"]) for spec in found}


@pytest.mark.parametrize("instant", ["2026-06-15T12:00", "2026-10-15T12:00", "2026-11-23T12:00"])
def test_papers_and_plan_ask_for_the_same_quota_of_blocks_snapshots_and_backups(instant: str) -> None:
    registry, as_of = demo.registry(), demo.at(instant)
    specs = stack_specs(fold(registry.filed, demo.admissions(registry, as_of), as_of), platform_of(registry))
    expected = {line.what: line.approved for line in table(instant)}
    for spec in specs:
        quota = spec.quota
        figures = {
            "volumes": quota.volumes,
            "block GiB": quota.block_gib,
            "snapshots": quota.snapshots,
            "backups": quota.backups,
            "backup GiB": quota.backup_gib,
        }
        for name, figure in figures.items():
            assert expected[f"quota {name} {spec.system}/{spec.zone}"] == str(figure)


def test_papers_and_schedule_name_the_same_volumes_and_copies() -> None:
    registry, as_of = demo.registry(), demo.at("2026-11-23T12:00")
    found = subjects(fold(registry.filed, demo.admissions(registry, as_of), as_of), platform_of(registry))
    names = {line.what for line in table("2026-11-23T12:00")}
    volumes = {f"backup {subject.name}" for subject in found if subject.kind == "volume"}
    copies = {f"bucket copy-{subject.name}" for subject in found if subject.kind == "bucket"}
    assert {name for name in names if name.startswith("backup ")} == volumes
    assert {name for name in names if name.startswith("bucket copy-")} == copies


@pytest.mark.parametrize("instant", ["2025-10-15T12:00", "2026-10-15T12:00", "2026-11-23T12:00"])
def test_papers_and_plan_let_the_same_users_read_the_same_buckets(instant: str) -> None:
    registry, as_of = demo.registry(), demo.at(instant)
    specs = stack_specs(fold(registry.filed, demo.admissions(registry, as_of), as_of), platform_of(registry))
    planned: dict[str, str] = {}
    for resource in (resource for spec in specs for resource in build(spec)):
        readers = resource.properties.get("readers")
        if isinstance(readers, list):
            users = sorted(gateway_uid(str(uid)) for uid in readers)
            planned[f"readers of {resource.properties['name']}"] = ", ".join(users)
    assert planned == {"readers of grid-governance-extranet-objects": "urban_mgmt$urban-v2-extranet"}
    assert {line.what: line.approved for line in table(instant) if line.what.startswith("readers of")} == planned


def test_a_reader_whom_no_paper_names_does_not_agree_and_neither_does_one_that_is_not_let_in() -> None:
    zones = approved(read(EXAMPLES), demo.at("2026-11-23T12:00"))
    shared, private = "grid-governance-extranet-objects", "urban-v2-extranet-objects"
    found = Inventory(buckets={shared: Bucket(1024), private: Bucket(1, ("haitang$grid-governance-extranet",))})
    told = {row.what: row for row in lines(zones, found, table_flavors(), DAY) if row.what.startswith("readers of")}
    assert {what: (row.approved, row.exists, row.agrees) for what, row in told.items()} == {
        f"readers of {shared}": ("urban_mgmt$urban-v2-extranet", "-", False),
        f"readers of {private}": ("-", "haitang$grid-governance-extranet", False),
    }


def test_the_table_has_four_hundred_lines_before_and_after_the_hand_over() -> None:
    assert len(table("2026-11-23T12:00")) >= AT_LEAST
    assert len(table("2026-11-27T09:00", RECEIPT)) >= AT_LEAST


def test_on_empty_clouds_nothing_agrees_but_what_must_be_gone_or_none() -> None:
    agreeing = {line.what.split(" ")[0] for line in table("2026-11-23T12:00") if line.agrees}
    assert agreeing <= {"rules", "public", "gateway", "bandwidth"}
    wiped = [line for line in table("2026-11-27T09:00", RECEIPT) if line.system == "urban-v1"]
    assert {"project urban-v1/extranet", "volume urban-v1-extranet-all-in-one-1-data"} <= {line.what for line in wiped}
    assert all(line.agrees for line in wiped)


def test_what_is_left_of_a_wiped_system_does_not_agree() -> None:
    left = Inventory(projects={"urban-v1/extranet": {}}, snapshots={"urban-v1/extranet": 1})
    documents = [*read(EXAMPLES), RECEIPT]
    zones = [zone for zone in approved(documents, demo.at("2026-11-27T09:00")) if zone.gone]
    left.projects["urban-v1/extranet"] = {"servers": {}, "volumes": {"urban-v1-extranet-all-in-one-1-data": {}}}
    left.projects["urban-v1/extranet"] |= {"ports": {}, "groups": {}}
    wrong = {line.what for line in lines(zones, left, {}, DAY) if not line.agrees}
    assert wrong == {
        "project urban-v1/extranet",
        "volume urban-v1-extranet-all-in-one-1-data",
        "snapshots urban-v1/extranet",
    }
