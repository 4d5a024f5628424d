from pathlib import Path

import pytest

from tools import bootstrap
from tools.openstack import packages
from tools.openstack.errors import SandboxError


@pytest.fixture(autouse=True)
def _bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_the_services_are_installed_by_the_uv_that_made_the_environment_though_none_is_on_path() -> None:
    kept = bootstrap.kept_uv()
    kept.parent.mkdir(parents=True)
    kept.touch(mode=0o755)

    assert packages.find_uv() == str(kept)


def test_where_no_uv_can_be_had_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Path:
        raise bootstrap.Missing("getting uv: the index does not answer")

    monkeypatch.setattr(bootstrap, "get_uv", missing)

    with pytest.raises(SandboxError, match=r"index does not answer.*or put uv .* on PATH"):
        packages.find_uv()
