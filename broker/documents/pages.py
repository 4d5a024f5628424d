"""`docs/documents.md`, written from the models: every kind, who files and signs it, every field with its meaning."""

from collections.abc import Iterable, Iterator
from typing import Any

from broker.documents.envelope import Nature, Spec
from broker.documents.schema import json_schema

_HEAD = """# Documents

Every kind of document of the registry, by the folder it lies in. This page is written from the models by
`broker.documents.pages.documents`; a test keeps it so. `broker new KIND` prints a commented file of a kind,
`broker schema KIND` its JSON Schema. Every document has `apiVersion: govcloud/v1`, `kind`, `metadata` and `spec`; what
follows are the fields of `spec`. `a[].b` is the field `b` of every member of the list `a`; `a(x).b` is a field that `a`
has in its form `x`. What a document does to the estate is told by `broker/estate/event.py`; a kind that is not named
there is kept, shown and counted, and changes nothing.
"""

_NATURE = {
    Nature.FOUNDATION: "a foundation",
    Nature.FILING: "a filing",
    Nature.DECISION: "a decision",
    Nature.EVIDENCE: "evidence",
}
_PATTERNS = {r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$": "id", r"^[^\r\n]+$": "one line"}
"""The commonest forms by their names in `fields.py`."""


def documents(specs: Iterable[type[Spec]]) -> str:
    """The page in Markdown: the kinds of each folder, in the order of the table given."""
    folders: dict[str, list[type[Spec]]] = {}
    for spec in specs:
        folders.setdefault(spec.folder, []).append(spec)
    parts = [_HEAD]
    for folder, members in folders.items():
        parts += [f"## {folder}/\n", *(_part(spec) for spec in members)]
    return "\n".join(parts)


def _part(spec: type[Spec]) -> str:
    schema = json_schema(spec.kind)
    content = _resolved(schema["properties"]["spec"], schema)
    told = " ".join((spec.__doc__ or "").split())
    lines = [
        f"### {spec.kind}",
        "",
        told,
        "",
        f"It is {_NATURE[spec.nature]}; {_who(spec)}.",
        "",
        "| field | value | must | meaning |",
        "|---|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in _rows(content, schema, "")),
    ]
    return "\n".join(lines) + "\n"


def _who(spec: type[Spec]) -> str:
    if not spec.signed_by:
        return f"a person of its `{spec.filer}` files it, no signature is asked for"
    people = "one person" if spec.signatures == 1 else f"{spec.signatures} people"
    whose = f", of the organisation in `{spec.signer}`" if spec.signer else ""
    return f"signed by {people} with the role {' or '.join(spec.signed_by)}{whose}"


def _rows(model: dict[str, Any], schema: dict[str, Any], before: str) -> Iterator[tuple[str, str, str, str]]:
    required = set(model.get("required", ()))
    for name, field in model.get("properties", {}).items():
        meaning = " ".join(field.get("description", "").split()).replace("|", "\\|")
        must = "yes" if name in required else ""
        yield f"`{before}{name}`", _value(field, schema), must, meaning
        for suffix, part in _parts(field, schema):
            yield from _rows(part, schema, f"{before}{name}{suffix}.")


def _parts(field: dict[str, Any], schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The parts below a field, each with what stands between its name and theirs."""
    field = _resolved(field, schema)
    if field.get("type") == "array":
        for suffix, part in _parts(field["items"], schema):
            yield f"[]{suffix}", part
        return
    options = [_resolved(option, schema) for option in field.get("oneOf", field.get("anyOf", (field,)))]
    found = [option for option in options if "properties" in option]
    for option in found:
        constants = [p["const"] for p in option["properties"].values() if "const" in p]
        yield (f"({constants[0]})" if len(found) > 1 and constants else ""), option


def _value(field: dict[str, Any], schema: dict[str, Any]) -> str:  # noqa: PLR0911 - one line per JSON type
    field = _resolved(field, schema)
    if "const" in field:
        return f"`{field['const']}`"
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if options := field.get("oneOf", field.get("anyOf")):
        return " or ".join(dict.fromkeys(_value(o, schema) for o in options if o.get("type") != "null"))
    kind = str(field.get("type", "part"))
    if kind == "array":
        return f"list of {_value(field['items'], schema)}"
    if kind == "integer":
        return f"whole number{_bounds(field)}"
    named = {"string": "text", "boolean": "true or false", "object": "part"}
    formats = {"date": "day", "date-time": "instant with offset"}
    if "pattern" in field:
        pattern = field["pattern"].replace("|", "\\|")
        return _PATTERNS.get(field["pattern"], f"text like `{pattern}`")
    return formats.get(field.get("format", ""), named.get(kind, kind))


def _bounds(field: dict[str, Any]) -> str:
    low, high = field.get("minimum"), field.get("maximum")
    if high is not None:
        return f" {low} to {high}"
    return f" from {low}" if low is not None else ""


def _resolved(field: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    reference = field.get("$ref")
    return schema["$defs"][reference.rsplit("/", 1)[-1]] if reference else field
