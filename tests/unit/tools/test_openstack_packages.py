from pathlib import Path

import pytest

from tools import bootstrap
from tools.openstack import packages


def test_the_services_are_installed_by_the_uv_that_made_the_environment_though_none_is_on_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    kept = bootstrap.kept_uv()
    kept.parent.mkdir(parents=True)
    kept.touch(mode=0o755)

    assert packages.find_uv() == str(kept)
