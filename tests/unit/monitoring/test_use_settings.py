from datetime import date
from pathlib import Path

import pytest

from broker.errors import SettingsError
from monitoring.metering.policy import StorageMarks, in_force, policy_of, shipped
from monitoring.utilisation.names import UseSettings, use_settings

POLICIES = Path("monitoring/metering/policies")
NEWEST = (POLICIES / "utilisation-2.yaml").read_text(encoding="utf-8")


def test_no_file_is_no_source(tmp_path: Path) -> None:
    assert use_settings(tmp_path / "utilisation.toml") == UseSettings()


def test_a_file_maps_names_and_leaves_the_rest_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "utilisation.toml"
    file.write_text(
        'policy = "p.yaml"\n[prometheus]\nurl = "http://x"\n[prometheus.series]\ncpu = "my_cpu"\n'
        '[libvirt]\nserver_label = "uuid"\n[gnocchi]\nprofiles = ["b"]\n',
        encoding="utf-8",
    )
    found = use_settings(file)
    assert (found.prometheus, found.series.cpu, found.libvirt.server_label) == ("http://x", "my_cpu", "uuid")
    assert (found.gnocchi, found.policy) == (("b",), tmp_path / "p.yaml")
    assert found.series.memory == UseSettings().series.memory


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[prometheus]\nurll = 1\n[cloud]\nx = 1\n", r"cloud, prometheus\.urll is no setting"),
        ('[prometheus.series]\ncpus = "x"\n', "no such series: cpus; there are cpu"),
        ('[libvirt]\ncpu = "x"\n', "no such series: cpu"),
        ("[prometheus\n", "see docs/settings.md"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "utilisation.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=told):
        use_settings(file)


def test_a_policy_of_ones_own_has_its_own_digest_and_its_faults_are_named(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(NEWEST.replace("version: 2", "version: 3").replace("cpu_low: 30", "cpu_low: 25"), encoding="utf-8")
    own = policy_of(file)
    assert (own.title, own.buckets.cpu_low) == ("utilisation-3", 25)
    assert own.digest not in {one.digest for one in shipped()}
    file.write_text(NEWEST.replace("cpu_low: 30", "cpu_low: 300").replace("hours: 30, ", ""), encoding="utf-8")
    with pytest.raises(SettingsError, match=r"buckets\.cpu_low: .*min_data\.hours: Field required"):
        policy_of(file)


@pytest.mark.parametrize(
    ("instead", "told"),
    [
        (", storage_above: 85", "give both, or neither"),
        (", storage_max: 70", "give both, or neither"),
        ("storage_low: 40", "Field required"),
    ],
)
def test_marks_for_storage_are_given_together(tmp_path: Path, instead: str, told: str) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(NEWEST.replace(instead, ""), encoding="utf-8")
    with pytest.raises(SettingsError, match=told):
        policy_of(file)


@pytest.mark.parametrize("most", [85, 90, 40, 30])
def test_a_size_that_would_be_low_or_tight_at_once_is_no_proposal(tmp_path: Path, most: int) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(NEWEST.replace("storage_max: 70", f"storage_max: {most}"), encoding="utf-8")
    with pytest.raises(SettingsError, match=r"p\.yaml: marks: .*storage_low < proposed\.storage_max < scale_up"):
        policy_of(file)


def test_a_version_is_for_the_months_from_its_first_day_on_and_the_oldest_for_all_before() -> None:
    days = [date(2020, 1, 1), date(2026, 9, 1), date(2026, 10, 1), date(2030, 1, 1)]
    assert [in_force(day).title for day in days] == ["utilisation-1", "utilisation-1", "utilisation-2", "utilisation-2"]


def test_what_was_shipped_keeps_its_digest_and_judges_what_it_judged() -> None:
    assert [one.digest for one in shipped()] == [
        "sha256:c8a13a56a03c14710673b19029488fb81d75f2fd0889f730230b7d4ceb17f282",
        "sha256:4430db28dca85d1636cd2da783cf241c6782212e222e03b4973f54cb12e1a957",
    ]
    assert [one.storage for one in shipped()] == [None, StorageMarks(low=40, most=70, above=85)]
    assert [bool(one.kept_volume_advice) for one in shipped()] == [False, True]


def test_a_policy_of_ones_own_without_marks_for_storage_is_one_as_before(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text((POLICIES / "utilisation-1.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    assert policy_of(file) == shipped()[0]


def test_a_policy_of_ones_own_holds_from_its_own_first_month_on(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(NEWEST.replace("2026-10-01", "2027-01-01"), encoding="utf-8")
    own = policy_of(file)
    assert own.valid_from == "2027-01-01"
    assert in_force(date(2026, 12, 1), own) == in_force(date(2026, 12, 1)) != own
    assert in_force(date(2027, 1, 1), own) == own
    file.write_text(NEWEST.replace("2026-10-01", "2027-02-30"), encoding="utf-8")
    with pytest.raises(SettingsError, match=r"own\.yaml: valid_from: .*day is out of range for month"):
        policy_of(file)
