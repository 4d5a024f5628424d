from pathlib import Path

import pytest

from broker.documents.records import Received
from broker.registry.reader import Reader
from broker.registry.records import append
from tests.unit.broker.registry.office import NOW, REQUEST, Office, document


def test_a_branch_is_read_again_where_it_or_the_records_moved(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    reader = Reader(office.root, "main", "")
    first = reader.read()
    assert reader.read() is first
    office.write("cases/r.yaml", document("OnboardingRequest", "r", REQUEST % "s", by="health-clerk"))
    office.commit()
    second = reader.read()
    assert second.get("r") is not None
    append(office.root, [Received(document=second.filed[-1].digest, at=NOW)], office.key("broker"), NOW)
    third = reader.read()
    assert (third.filed, len(third.records)) == (second.filed, 1)
    assert reader.read() is third
