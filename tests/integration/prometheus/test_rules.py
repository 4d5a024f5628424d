"""The rules in the Prometheus of Debian 12 and in the newest: they load, and they say what they should."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from monitoring.alerts import alerts
from monitoring.recording import SeriesNames, UnknownName, names_from, recording
from tools.prometheus import newest, packages

HERE = Path(__file__).parent


@pytest.fixture(scope="module", params=["debian", "newest"])
def promtool(request: pytest.FixtureRequest) -> Path:
    return packages.ensure() / "usr/bin/promtool" if request.param == "debian" else newest.ensure()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "recording.yml").write_text(recording(SeriesNames()), encoding="utf-8")
    (tmp_path / "alerts.yml").write_text(alerts(), encoding="utf-8")
    return tmp_path


def run(promtool: Path, folder: Path, *arguments: str) -> str:
    done = subprocess.run([promtool, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_prometheus_loads_the_rules_and_finds_nothing_to_complain_of(promtool: Path, folder: Path) -> None:
    told = run(promtool, folder, "check", "rules", "--lint-fatal", "recording.yml", "alerts.yml")
    assert "SUCCESS" in told


@pytest.mark.parametrize("cases", ["utilisation.yml", "alerts.yml"])
def test_each_rule_says_what_its_cases_expect(promtool: Path, folder: Path, cases: str) -> None:
    shutil.copy(HERE / cases, folder / f"test-{cases}")
    run(promtool, folder, "test", "rules", f"test-{cases}")


def test_the_two_are_of_different_major_versions(folder: Path) -> None:
    assert "version 2." in run(packages.ensure() / "usr/bin/promtool", folder, "--version")
    assert newest.version().startswith("3.")
    assert f"version {newest.version()}" in run(newest.ensure(), folder, "--version")


def test_every_alert_has_a_case() -> None:
    stated = {rule["alert"] for group in yaml.safe_load(alerts())["groups"] for rule in group["rules"]}
    cases = yaml.safe_load((HERE / "alerts.yml").read_text(encoding="utf-8"))["tests"]
    fired = {case["alertname"] for test in cases for case in test["alert_rule_test"] if case["exp_alerts"]}
    assert fired == stated


def test_an_exporter_with_other_names_is_mapped(promtool: Path, folder: Path) -> None:
    names = names_from({"cpu_seconds": "libvirt_cpu_seconds_total", "server_label": "uuid"})
    (folder / "recording.yml").write_text(recording(names), encoding="utf-8")
    text = (HERE / "utilisation.yml").read_text(encoding="utf-8")
    text = text.replace("libvirt_domain_info_cpu_time_seconds_total", "libvirt_cpu_seconds_total")
    (folder / "test.yml").write_text(text.replace("instance_id=", "uuid="), encoding="utf-8")
    run(promtool, folder, "test", "rules", "test.yml")


def test_a_name_that_no_rule_uses_is_refused() -> None:
    with pytest.raises(UnknownName, match="no such series: cpu"):
        names_from({"cpu": "x"})
