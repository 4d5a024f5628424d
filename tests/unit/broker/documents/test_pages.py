from pathlib import Path

import pytest

from broker.documents.envelope import Nature, Spec
from broker.documents.kinds import SPECS
from broker.documents.pages import documents
from broker.registry.naming import FIELDS

PAGE = Path(__file__).parents[4] / "docs" / "documents.md"


def test_the_published_page_says_what_the_models_say() -> None:
    told = "docs/documents.md is stale: write `broker.documents.pages.documents(SPECS)` into it"
    assert PAGE.read_text(encoding="utf-8") == documents(SPECS), told


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.kind)
def test_every_kind_says_what_it_is_where_it_lies_and_who_answers_for_it(spec: type[Spec]) -> None:
    assert len((spec.__doc__ or "").strip()) > len(spec.kind)
    assert spec.folder in {
        "organisations",
        "platform",
        "contracts",
        "quotas",
        "cases",
        "notices",
        "findings",
        "incidents",
        "waivers",
    }
    assert bool(spec.signed_by) is not (spec.nature is Nature.FILING)
    if spec.nature is Nature.FILING:
        assert spec.filer in spec.model_fields
    if spec.signer:
        assert spec.signer in spec.model_fields


@pytest.mark.parametrize("kind", sorted(FIELDS))
def test_every_reference_is_to_a_field_that_the_kind_has(kind: str) -> None:
    spec = next(s for s in SPECS if s.kind == kind)
    assert {path.split(".")[0] for path in FIELDS[kind]} <= set(spec.model_fields)
