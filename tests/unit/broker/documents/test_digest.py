from pathlib import Path
from typing import Any

import pytest
from pydantic import create_model

from broker.canonical import digest
from broker.documents.envelope import Document
from broker.documents.kinds import DOCUMENTS, SPECS
from broker.registry.parse import Parsed, parse

ROOT = Path(__file__).parents[4]
EXAMPLES = ROOT / "examples" / "registry"
VALID = ROOT / "tests" / "cases" / "registry" / "valid"


def papers() -> dict[str, bytes]:
    """Every committed document, by a path at which it may lie."""
    folders = {spec.kind: spec.folder for spec in SPECS}
    found = {path.relative_to(EXAMPLES).as_posix(): path.read_bytes() for path in sorted(EXAMPLES.rglob("*.yaml"))}
    return found | {f"{folders[p.stem.split('-')[0]]}/{p.name}": p.read_bytes() for p in sorted(VALID.glob("*.yaml"))}


def digests() -> dict[str, tuple[str, Any]]:
    found = {path: parse(data, path) for path, data in papers().items()}
    assert all(isinstance(parsed, Parsed) for parsed in found.values())
    return {path: (p.digest, p.document) for path, p in found.items() if isinstance(p, Parsed)}


def test_adding_an_optional_field_to_a_kind_changes_no_digest_of_the_committed_examples(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = digests()
    assert {document.kind for _, document in before.values()} == set(DOCUMENTS)
    for spec in SPECS:
        later: Any = create_model(
            f"{spec.__name__}Later",
            __base__=spec,
            __module__=spec.__module__,
            added_later=(str | None, "by default"),
        )
        model: Any = Document
        monkeypatch.setitem(DOCUMENTS, spec.kind, model[later])
    after = digests()
    assert all(document.spec.added_later == "by default" for _, document in after.values())
    assert {path: name for path, (name, _) in after.items()} == {path: name for path, (name, _) in before.items()}
    moved = [path for path, (name, document) in after.items() if digest(document.model_dump(mode="json")) == name]
    assert moved == []  # taken after defaults, every digest would have moved
