from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from broker.engine import passphrase
from broker.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_salt_that_the_real_cli_wrote_is_verified() -> None:
    salt = "v1:LHMs8wIDBlo=:v1:QzPiWyygwXUTSspq:3pRhlJEJTH7qIINOJRqSrLugesiD4A=="
    assert passphrase.verifies(salt, "x")
    assert not passphrase.verifies(salt, "y")
    assert not passphrase.verifies("v2:other", "x")


def test_a_deployment_has_one_passphrase_that_only_its_owner_reads(tmp_path: Path) -> None:
    first = passphrase.ensure(tmp_path / "deployment")
    assert passphrase.ensure(tmp_path / "deployment") == first
    assert stat.S_IMODE(first.file.stat().st_mode) == 0o600
    assert passphrase.verifies(first.salt, first.file.read_text())


def test_a_passphrase_that_others_may_read_is_refused(tmp_path: Path) -> None:
    passphrase.ensure(tmp_path).file.chmod(0o640)
    with pytest.raises(SettingsError, match="chmod 600"):
        passphrase.ensure(tmp_path)


def test_an_exchanged_passphrase_is_noticed(tmp_path: Path) -> None:
    passphrase.ensure(tmp_path).file.write_text("another\n")
    with pytest.raises(SettingsError, match="put the old file back"):
        passphrase.ensure(tmp_path)
