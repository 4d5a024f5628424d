from dataclasses import fields
from pathlib import Path

import pytest

from broker.errors import SettingsError
from broker.settings import PREFIX, Settings, settings_from

HOME = Path("deployment")
PAGE = Path(__file__).parents[3] / "docs" / "settings.md"


def test_nothing_given_gives_the_defaults_below_the_home_folder() -> None:
    settings = settings_from({}, {}, HOME)
    assert settings == Settings(
        home=HOME,
        registry=HOME / "registry",
        witness=HOME / "witness" / "checkpoints",
        clouds=HOME / "clouds.yaml",
        object_stores=HOME / "object-stores.json",
        attachments=HOME / "attachments",
        outgoing=HOME / "outgoing",
        notices=HOME / "notices.toml",
        utilisation=HOME / "utilisation.toml",
        vault_token=HOME / "secrets" / "vault-token",
        webhook_secret=HOME / "secrets" / "webhook-secret",
    )
    assert (settings.branch, settings.dsn, settings.parallel_stacks, settings.lease_s) == ("main", "", 2, 60)
    assert (settings.secrets, settings.work) == (HOME / "secrets", HOME / "work")


def test_the_environment_wins_over_the_file_and_the_file_over_the_defaults() -> None:
    settings = settings_from({"BROKER_BRANCH": "trial"}, {"branch": "release", "lease_s": 90}, HOME)
    assert (settings.branch, settings.lease_s) == ("trial", 90)


def test_a_relative_path_is_below_the_home_folder_and_an_absolute_one_is_not() -> None:
    settings = settings_from({"BROKER_REGISTRY": "../documents"}, {"clouds": "/etc/openstack/clouds.yaml"}, HOME)
    assert settings.registry == HOME / "../documents"
    assert settings.clouds == Path("/etc/openstack/clouds.yaml")


def test_a_whole_number_may_come_as_text() -> None:
    assert settings_from({"BROKER_PARALLEL_STACKS": "8"}, {}, HOME).parallel_stacks == 8


@pytest.mark.parametrize("value", ["two", "-1", "1.5", "", True, 1.5, "²"])
def test_what_is_no_whole_number_is_named(value: object) -> None:
    with pytest.raises(SettingsError, match="lease_s is a whole number"):
        settings_from({}, {"lease_s": value}, HOME)


def test_everything_wrong_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as error:
        settings_from({"BROKER_LEASE_S": "soon"}, {"brnch": "main", "home": "elsewhere"}, HOME)
    assert "brnch is no setting" in str(error.value)
    assert "home is no setting" in str(error.value)
    assert "lease_s is a whole number" in str(error.value)


def test_other_variables_of_the_environment_are_none_of_the_brokers() -> None:
    given = {"PATH": "/bin", "BROKER_HOME": "elsewhere", "BROKER_AS_OF": "2026-01-01"}
    assert settings_from(given, {}, HOME) == settings_from({}, {}, HOME)


def test_the_page_of_settings_has_every_setting_and_its_variable() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    documented = {row.split("`")[1]: row.split("`")[3] for row in rows}
    assert documented == {f.name: PREFIX + f.name.upper() for f in fields(Settings) if f.name != "home"}
