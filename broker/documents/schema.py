"""The JSON Schema of a kind. What a field means is its docstring, read from the source only when a schema is asked for.

pydantic can read them as a class is made; with all kinds that was a seventh of the start of every command.
"""

import ast
import inspect
import sys
from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from broker.documents.kinds import DOCUMENTS


def json_schema(kind: str) -> dict[str, Any]:
    """The schema of a document of the kind, each field with its meaning.

    Raises:
        KeyError: There is no such kind.
    """
    return DOCUMENTS[kind].model_json_schema(schema_generator=_Described)


class _Described(GenerateJsonSchema):
    def model_schema(self, schema: core_schema.ModelSchema) -> dict[str, Any]:
        made = super().model_schema(schema)
        properties = made.get("properties", {})
        for name, told in _meanings(schema["cls"]).items():
            if name in properties:
                properties[name]["description"] = told
        return made


def _meanings(model: type) -> Mapping[str, str]:
    """The docstrings of the fields by name, those of its bases too."""
    return {name: told for base in reversed(model.__mro__) for name, told in _own(base).items()}


def _own(model: type) -> Mapping[str, str]:
    return _of_module(model.__module__).get(model.__qualname__.partition("[")[0], {})


@cache
def _of_module(module: str) -> Mapping[str, Mapping[str, str]]:
    """The docstrings of fields by class and name."""
    if not module.startswith("broker."):
        return {}
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: _of_class(node) for node in tree.body if isinstance(node, ast.ClassDef)}


def _of_class(node: ast.ClassDef) -> Mapping[str, str]:
    found = {}
    for field, after in zip(node.body, node.body[1:], strict=False):
        match field, after:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                found[name] = inspect.cleandoc(text)
    return found
