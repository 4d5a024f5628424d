from pathlib import Path

import pytest

from broker.errors import SettingsError
from monitoring.metering.policy import policy_of
from monitoring.utilisation.names import UseSettings, use_settings


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
    shipped = Path("monitoring/metering/policies/utilisation-1.yaml").read_text(encoding="utf-8")
    file = tmp_path / "p.yaml"
    file.write_text(shipped.replace("version: 1", "version: 2").replace("cpu_low: 30", "cpu_low: 25"), encoding="utf-8")
    own = policy_of(file)
    assert (own.title, own.buckets.cpu_low) == ("utilisation-2", 25)
    assert own.digest != policy_of(None).digest
    file.write_text(shipped.replace("cpu_low: 30", "cpu_low: 300").replace("hours: 30, ", ""), encoding="utf-8")
    with pytest.raises(SettingsError, match=r"buckets\.cpu_low: .*min_data\.hours: Field required"):
        policy_of(file)
