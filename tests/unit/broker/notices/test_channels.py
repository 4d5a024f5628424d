"""Channels as the deployment's file tells them; whatever is wrong is said without an address."""

from datetime import date
from pathlib import Path

import pytest

from broker.errors import SettingsError
from broker.notices.channels import Channel, Channels, channels

GOOD = """
since = 2026-12-01

[channel.office-mail]
url = "mailtos://broker:sesame4711@mail.example?to=office@mail.example"
serves = ["cloud_office"]
instead = "office-duty"

[channel.office-duty]
url = "jsons://sesame4712@sms.example/send"

[channel.health]
url = "json://health.example/sesame4713"
serves = ["health", "unit"]
"""


def read(folder: Path, text: str, mode: int = 0o600) -> Channels:
    file = folder / "notices.toml"
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return channels(file)


def test_a_file_tells_channels_whom_they_serve_and_what_stands_in(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD)
    assert found.since == date(2026, 12, 1)
    office = found.by_name["office-mail"]
    assert (office.serves, office.instead) == (frozenset({"cloud_office"}), "office-duty")
    assert "sesame" not in repr(found)


def test_an_organisation_is_told_over_its_own_channels_else_over_those_of_its_role(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD)
    assert found.first("health", "unit") == ("health",)
    assert found.first("education", "unit") == ("health",)
    assert found.first("office", "cloud_office") == ("office-mail",)
    assert found.first("provider-a", "provider") == ()


def test_without_a_file_there_are_no_channels(tmp_path: Path) -> None:
    assert channels(tmp_path / "notices.toml") == Channels({})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sinse = 2026-12-01", "sinse is no setting"),
        ('since = "tomorrow"', "since is a day"),
        ("channel = 1", "a table of tables"),
        ("[channel]\nx = 1", "channel.x: it is no table"),
        ('[channel.Mail]\nurl = "json://sesame4711"', "channel.Mail: a name is small letters"),
        ('[channel.by-hand]\nurl = "json://sesame4711"', "not by-hand"),
        ("[channel.x]", "channel.x: url is the address"),
        ('[channel.x]\nurl = "sesame4711"', "channel.x: url is the address"),
        ('[channel.x]\nurl = "json://sesame4711"\nserves = "unit"', "serves is a list"),
        ('[channel.x]\nurl = "json://sesame4711"\nport = 1', "port is no setting"),
        ('[channel.x]\nurl = "json://sesame4711"\ninstead = "y"', "instead names another channel"),
        ('[channel.x]\nurl = "json://sesame4711"\ninstead = "x"', "leads back to x"),
        ("[channel.x\nurl = sesame4711", "notices.toml"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_field_and_without_the_address(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(SettingsError, match=said) as wrong:
        read(tmp_path, text)
    assert "notices.toml" in str(wrong.value)
    assert "sesame4711" not in str(wrong.value)


def test_all_faults_are_said_at_once_and_that_others_may_read_it(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as wrong:
        read(tmp_path, GOOD + "[channel.x]\nport = 1\n", mode=0o640)
    assert all(said in str(wrong.value) for said in ("port is no setting", "url is the address", "640", "chmod 600"))


def test_channels_that_stand_in_for_each_other_in_a_ring_are_refused(tmp_path: Path) -> None:
    ring = "".join(f'[channel.{a}]\nurl = "json://x"\ninstead = "{b}"\n' for a, b in ("ab", "bc", "ca"))
    with pytest.raises(SettingsError, match="a → b → c → a"):
        read(tmp_path, ring)


def test_the_address_of_a_channel_is_not_in_its_repr() -> None:
    assert "sesame" not in repr(Channel("x", "json://sesame"))
