from pathlib import Path

import pytest

from tests.fixtures.chancery import Chancery, copied, founded


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Chancery:
    return founded(tmp_path_factory.mktemp("chancery"))


@pytest.fixture
def office(_template: Chancery, tmp_path: Path) -> Chancery:
    """An office that was founded, staffed and asked twice, all by the command line."""
    return copied(_template, tmp_path / "office")
