"""The JSON Schema of a kind tells what its fields mean."""

from typing import Any

import pytest

from broker.documents.kinds import DOCUMENTS
from broker.documents.schema import json_schema


def meanings(schema: dict[str, Any], part: str) -> dict[str, str]:
    fields = schema["$defs"][part]["properties"]
    return {name: field["description"] for name, field in fields.items() if "description" in field}


def test_a_field_means_what_its_docstring_says() -> None:
    told = meanings(json_schema("UnitQuota"), "Amount")
    assert told == {
        "block_gib": "All block storage, whatever its tier.",
        "block_high_performance_gib": "The part of `block_gib` that is high_performance.",
    }


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_meaning_is_all_that_is_added_to_the_schema_of_a_kind(kind: str) -> None:
    def bare(node: object) -> object:
        if isinstance(node, dict):
            return {name: bare(each) for name, each in node.items() if name != "description"}
        return [bare(each) for each in node] if isinstance(node, list) else node

    assert bare(json_schema(kind)) == bare(DOCUMENTS[kind].model_json_schema())
