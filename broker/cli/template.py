"""`broker new KIND`: a commented file of a kind, made from its model, so that it never goes stale."""

from typing import Any

from broker.documents.kinds import SPECS
from broker.documents.schema import json_schema
from broker.registry.placeholders import PLACEHOLDER

_TOLD = {
    "date": "a date, such as 2026-01-31",
    "date-time": "an instant, such as 2026-01-31T09:00:00+08:00",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}


def template(kind: str) -> str:
    """A document of the kind with every field, its meaning as a comment, and a placeholder that says what it takes.

    What its file begins with and what tells alternatives apart stands there ready; `broker check` refuses every
    placeholder that is left.

    Raises:
        KeyError: There is no such kind.
    """
    spec = {spec.kind: spec for spec in SPECS}[kind]
    schema = json_schema(kind)
    head = [
        f"# {first_line(spec.__doc__)}",
        f"# Lies in {spec.folder}/; {_who_signs(spec.signed_by, spec.signatures)}",
        "apiVersion: govcloud/v1",
        f"kind: {kind}",
    ]
    body = [
        line
        for part in ("metadata", "spec")
        for line in _field(part, schema["properties"][part], schema, optional=False)
    ]
    return "\n".join([*head, *body]) + "\n"


def first_line(text: str | None) -> str:
    """The first line of a docstring."""
    return (text or "").strip().split("\n", 1)[0]


def _who_signs(roles: tuple[str, ...], signatures: int) -> str:
    if not roles:
        return "a filing: no signature, the unit's right to file covers it"
    people = "one person" if signatures == 1 else f"{signatures} people"
    return f"signed by {people} with the role {' or '.join(roles)}"


def _field(name: str, field: dict[str, Any], schema: dict[str, Any], *, optional: bool) -> list[str]:
    """The lines of one field, its meaning above it; what may be left out is commented out."""
    value = _value(field, schema)
    lines = [f"{name}: {value}"] if isinstance(value, str) else [f"{name}:", *_indented(value)]
    told = field.get("description")
    comment = [f"# {line}" for line in told.split("\n")] if told else []
    return [*comment, *(_commented(lines) if optional else lines)]


def _value(field: dict[str, Any], schema: dict[str, Any]) -> str | list[str]:
    """A placeholder: text for a scalar, lines for a part or a list of parts."""
    field = _resolved(field, schema)
    choices = [choice for choice in field.get("oneOf") or field.get("anyOf") or () if choice.get("type") != "null"]
    if choices:
        return _choice(choices, schema)
    if "properties" in field:
        required = set(field.get("required", ()))
        fields = field["properties"].items()
        return [line for key, inner in fields for line in _field(key, inner, schema, optional=key not in required)]
    if field.get("type") == "array" and "items" in field:
        item = _value(field["items"], schema)
        if not isinstance(item, str):
            return _listed(item)
        placeholder, _, told = item.partition("  # ")
        return f"[{placeholder}]  # {told}" if told else f"[{placeholder}]"
    return _sample(field)


def _choice(choices: list[dict[str, Any]], schema: dict[str, Any]) -> str | list[str]:
    """The first choice; where the choices are parts, each other one below it as a comment."""
    first, *others = (_value(choice, schema) for choice in choices)
    if isinstance(first, str):
        return first
    return [*first, *(line for other in others for line in ("# or:", *_commented(_as_lines(other))))]


def _as_lines(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _listed(item: list[str]) -> list[str]:
    """The item of a list: the dash stands at its first line that is no comment."""
    first = next((n for n, line in enumerate(item) if not line.startswith("#")), 0)
    return [f"- {line}" if n == first else f"  {line}" for n, line in enumerate(item)]


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def _commented(lines: list[str]) -> list[str]:
    return [line if line.startswith("#") else f"# {line}" for line in lines]


def _sample(field: dict[str, Any]) -> str:
    if "const" in field:
        return str(field["const"])
    if "enum" in field:
        return f"{PLACEHOLDER}  # one of {', '.join(map(str, field['enum']))}"
    if field.get("type") not in {"string", "integer", "number", "boolean"}:
        return "{}"
    told = _TOLD.get(field.get("format", field["type"]), "")
    least = f", {field['minimum']} or more" if "minimum" in field else ""
    return f"{PLACEHOLDER}  # {told}{least}" if told else PLACEHOLDER


def _resolved(field: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    reference = field.get("$ref")
    return schema["$defs"][reference.rsplit("/", 1)[-1]] if reference else field
