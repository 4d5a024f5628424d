"""`broker new KIND`: a commented file of a kind, made from its model, so that it never goes stale."""

from typing import Any

from broker.documents.kinds import DOCUMENTS, SPECS

_SAMPLES = {"date": '"2026-01-31"', "date-time": '"2026-01-31T09:00:00+08:00"'}


def template(kind: str) -> str:
    """A document of the kind with every field, its meaning as a comment, and a placeholder of its type.

    Raises:
        KeyError: There is no such kind.
    """
    spec = {spec.kind: spec for spec in SPECS}[kind]
    schema = DOCUMENTS[kind].model_json_schema()
    head = [
        f"# {first_line(spec.__doc__)}",
        f"# Lies in {spec.folder}/; {_who_signs(spec.signed_by, spec.signatures)}",
        "apiVersion: govcloud/v1",
        f"kind: {kind}",
    ]
    body = [line for part in ("metadata", "spec") for line in _part(part, schema["properties"][part], schema, 0)]
    return "\n".join([*head, *body]) + "\n"


def first_line(text: str | None) -> str:
    """The first line of a docstring."""
    return (text or "").strip().split("\n", 1)[0]


def _who_signs(roles: tuple[str, ...], signatures: int) -> str:
    if not roles:
        return "a filing: no signature, the unit's right to file covers it"
    people = "one person" if signatures == 1 else f"{signatures} people"
    return f"signed by {people} with the role {' or '.join(roles)}"


def _part(name: str, field: dict[str, Any], schema: dict[str, Any], depth: int) -> list[str]:
    model = _resolved(field, schema)
    lines = [f"{'  ' * depth}{name}:"]
    required = set(model.get("required", ()))
    for key, inner in model.get("properties", {}).items():
        lines += _field(key, inner, schema, depth + 1, optional=key not in required)
    return lines


def _field(name: str, field: dict[str, Any], schema: dict[str, Any], depth: int, *, optional: bool) -> list[str]:
    pad = "  " * depth
    told = field.get("description")
    comment = [f"{pad}# {line}" for line in told.split("\n")] if told else []
    if optional:
        return [*comment, f"{pad}# {name}: {_sample(field, schema)}"]
    if "properties" in _resolved(field, schema):
        return [*comment, *_part(name, field, schema, depth)]
    return [*comment, f"{pad}{name}: {_sample(field, schema)}"]


def _sample(field: dict[str, Any], schema: dict[str, Any]) -> str:  # noqa: PLR0911 - one line per JSON type
    field = _resolved(field, schema)
    if "const" in field:
        return str(field["const"])
    if "enum" in field:
        return f"{field['enum'][0]}  # one of {', '.join(map(str, field['enum']))}"
    if "anyOf" in field:
        return _sample(field["anyOf"][0], schema)
    kind = field.get("type")
    if kind == "string":
        return _SAMPLES.get(field.get("format", ""), "…")
    if kind in {"integer", "number"}:
        return str(field.get("minimum", 0))
    if kind == "boolean":
        return "false"
    if kind == "array":
        return "[]"
    return "{}"


def _resolved(field: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    reference = field.get("$ref")
    return schema["$defs"][reference.rsplit("/", 1)[-1]] if reference else field
