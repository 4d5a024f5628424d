"""The `.sig` file: JSON with the payload and the armored signature."""

import json
from typing import Annotated, Any, Final

import rfc8785
from pydantic import StringConstraints, ValidationError

from broker.canonical import Json, canonical, digest
from broker.documents.fields import Part
from broker.problem import Place, Problem
from broker.signatures.payload import Payload
from broker.signatures.signature import Signature

Armor = Annotated[
    str,
    StringConstraints(pattern=r"^-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=]+\n)+-----END SSH SIGNATURE-----\n?$"),
]
_CURE: Final = "sign again with `broker sign`"


class SignatureFile(Part):
    """What stands in the file."""

    payload: Payload
    signature: Armor


def parse_signature(data: bytes, path: str, commit: str, sequence: int) -> Signature | Problem:
    """The signature in a file, not yet verified; or why there is none."""
    try:
        raw: Any = json.loads(data.decode(), object_pairs_hook=_once)
        file = SignatureFile.model_validate_json(data)
        message, name = canonical(raw["payload"]), digest(raw)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        fact = f"{'.'.join(map(str, first['loc']))}: {first['msg'].lower()}"
    except (ValueError, RecursionError, rfc8785.CanonicalizationError) as error:
        fact = f"the file is no signature: {error}"
    else:
        return Signature(file.payload, message, file.signature, path, name, commit, sequence)
    return Problem(Place(path), "SIGNATURE_INVALID", fact, _CURE)


def written(payload: Json, armor: str) -> bytes:
    """The bytes of a signature file, in a form that people can read."""
    return (json.dumps({"payload": payload, "signature": armor}, ensure_ascii=False, indent=2) + "\n").encode()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found
