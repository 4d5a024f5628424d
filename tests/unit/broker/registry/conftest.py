from pathlib import Path

import pytest

from tests.unit.broker.registry.office import Office, founded


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return founded(tmp_path / "registry")
