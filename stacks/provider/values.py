"""The engine's property values as plain Python: unknowns and secrets have types of their own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from google.protobuf.struct_pb2 import Struct, Value

# sdk/go/common/resource/plugin/rpc.go: what the engine sends for a value that is not known yet, by the value's kind
UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_UNKNOWN_TEXTS: Final = frozenset(
    {
        UNKNOWN_TEXT,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
_SPECIAL: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the engine's mark of a secret, no secret
MASK: Final = "[secret]"


class Unknown:
    """A value that exists only after something else was made; there is one of it."""

    def __repr__(self) -> str:
        return "[unknown]"


UNKNOWN: Final = Unknown()


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that is shown to nobody."""

    value: Any = field(repr=False)


def decode(struct: Struct) -> dict[str, Any]:
    """The properties with Secret and UNKNOWN inside; whole numbers are int."""
    return {name: _decode(value) for name, value in struct.fields.items()}


def _decode(value: Value) -> Any:
    match value.WhichOneof("kind"):
        case "struct_value":
            return _mapping(decode(value.struct_value))
        case "list_value":
            return [_decode(each) for each in value.list_value.values]
        case "number_value":
            return int(value.number_value) if value.number_value.is_integer() else value.number_value
        case "string_value":
            return UNKNOWN if value.string_value in _UNKNOWN_TEXTS else value.string_value
        case "bool_value":
            return value.bool_value
        case _:
            return None


def _mapping(fields: dict[str, Any]) -> Any:
    return Secret(fields.get("value")) if fields.get(_SPECIAL) == _SECRET else fields


def encode(properties: Mapping[str, Any]) -> Struct:
    """The properties as the engine takes them; UNKNOWN and Secret keep their meaning."""
    struct = Struct()
    struct.update({name: _encode(value) for name, value in properties.items()})
    return struct


def _encode(value: Any) -> Any:
    match value:
        case Unknown():
            return UNKNOWN_TEXT
        case Secret():
            return {_SPECIAL: _SECRET, "value": _encode(value.value)}
        case Mapping():
            return {name: _encode(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_encode(inner) for inner in value]
        case _:
            return value


def plain(value: Any) -> Any:
    """The value with every Secret replaced by what it holds, and without inputs that are None."""
    match value:
        case Secret():
            return plain(value.value)
        case Mapping():
            return {name: plain(inner) for name, inner in value.items() if inner is not None}
        case list() | tuple():
            return [plain(inner) for inner in value]
        case _:
            return value


def keep_secret(properties: Mapping[str, Any], like: Mapping[str, Any]) -> dict[str, Any]:
    """The properties, with those marked that are secret in `like`."""
    return {
        name: Secret(plain(value)) if isinstance(like.get(name), Secret) else value
        for name, value in properties.items()
    }


def has_unknown(value: Any) -> bool:
    """Whether something inside is not known yet."""
    match value:
        case Unknown():
            return True
        case Secret():
            return has_unknown(value.value)
        case Mapping():
            return any(has_unknown(inner) for inner in value.values())
        case list() | tuple():
            return any(has_unknown(inner) for inner in value)
        case _:
            return False


def mask(text: str, *property_sets: Mapping[str, Any]) -> str:
    """The text with every secret of the properties masked."""
    found = {secret for properties in property_sets for secret in _secret_texts(properties, inside=False)}
    for secret in sorted(found, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text


def _secret_texts(value: Any, *, inside: bool) -> Iterator[str]:
    match value:
        case Secret():
            yield from _secret_texts(value.value, inside=True)
        case Mapping():
            for inner in value.values():
                yield from _secret_texts(inner, inside=inside)
        case list() | tuple():
            for inner in value:
                yield from _secret_texts(inner, inside=inside)
        case str() if inside and value:
            yield value
