"""The ready CI files: each runs the one command, and none asks for a secret."""

from pathlib import Path

import pytest
import yaml

FILES = sorted((Path(__file__).parents[2] / "examples" / "ci").glob("*.yml"))


def test_there_is_a_file_for_each_of_the_three_hosts() -> None:
    assert [path.stem for path in FILES] == ["gitea", "github", "gitlab"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_ci_file_is_yaml_runs_the_check_and_holds_no_secret(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert yaml.safe_load(text)
    assert "broker check . --base" in text
    assert "--trust-root" in text
    for word in ("secrets.", "PASSWORD", "OS_", "clouds.yaml", "DSN", "ACCESS_KEY"):
        assert word not in text
