"""The demo's table sums the papers by itself; what it expects of quotas and backups must be what the plan asks for."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from broker.backup.subject import subjects
from broker.estate.fold import fold
from broker.estate.platform import platform_of
from broker.plan.stack import stack_specs
from tests.fixtures import demo_district as demo
from tools.demo.approved import approved, read
from tools.demo.clouds import Inventory
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
    flavors = {
        d["spec"]["name"]: (d["spec"]["vcpu"], d["spec"]["memory_gib"]) for d in documents if d["kind"] == "Flavor"
    }
    return lines(approved(documents, demo.at(instant)), Inventory(), flavors, DAY)


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
