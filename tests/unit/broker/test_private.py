from pathlib import Path

import pytest

from broker.private import make, open_to_others


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    (home / "secrets" / "hand-over").mkdir(parents=True)
    for folder in (home, home / "secrets", home / "secrets" / "hand-over"):
        folder.chmod(0o700)
    key = home / "secrets" / "broker-key"
    key.touch()
    key.chmod(0o600)
    return home


def test_a_deployment_that_only_its_owner_reads_is_in_order(home: Path) -> None:
    assert list(open_to_others(home, home / "secrets", home / "never made")) == []


def test_the_home_folder_may_be_passed_through_but_not_read(home: Path) -> None:
    home.chmod(0o711)
    assert list(open_to_others(home, home / "secrets")) == []
    home.chmod(0o755)
    assert list(open_to_others(home, home / "secrets")) == [(home, 0o700)]


def test_every_file_and_folder_that_others_may_read_is_named_with_its_cure(home: Path) -> None:
    (home / "secrets" / "broker-key").chmod(0o640)
    (home / "secrets" / "hand-over").chmod(0o701)
    assert list(open_to_others(home, home / "secrets")) == [
        (home / "secrets" / "broker-key", 0o600),
        (home / "secrets" / "hand-over", 0o700),
    ]


def test_a_link_is_judged_by_what_it_leads_to(home: Path) -> None:
    (home / "secrets" / "link").symlink_to("broker-key")
    assert list(open_to_others(home, home / "secrets")) == []


def test_a_public_key_may_be_read_by_all(home: Path) -> None:
    (home / "secrets" / "broker-key.pub").touch(mode=0o644)
    assert list(open_to_others(home, home / "secrets")) == []


def test_a_folder_is_made_private_with_all_that_is_missing_above_it(tmp_path: Path) -> None:
    made = make(tmp_path / "home" / "outgoing" / "unit")
    assert {path.stat().st_mode & 0o777 for path in (made, made.parent, made.parent.parent)} == {0o700}
    assert make(made) == made
