"""The `.sig` file: JSON with the payload and the armored signature."""

import json
from dataclasses import dataclass
from typing import Annotated, Any, Final

import rfc8785
from pydantic import StringConstraints, ValidationError

from broker.canonical import Json, canonical, digest
from broker.documents.fields import Part
from broker.problem import Place, Problem
from broker.signatures.payload import NAMESPACE, Payload
from broker.signatures.sshsig import NotSigned, signer

Armor = Annotated[
    str,
    StringConstraints(pattern=r"^-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=]+\n)+-----END SSH SIGNATURE-----\n?$"),
]
_CURE: Final = "sign again with `broker sign`"


class _File(Part):
    payload: Payload
    signature: Armor


@dataclass(frozen=True, slots=True)
class SignatureFile:
    """What a signature file says, and which key its signature holds for: all that follows from its bytes alone."""

    payload: Payload
    payload_json: bytes
    """The signed bytes: the payload as the file has it, so that a field added to it later changes no signature."""
    digest: str
    signer: str
    fault: str


def parse_signature(data: bytes, path: str) -> SignatureFile | Problem:
    """The signature in a file with the key that made it; or why the file is none."""
    try:
        raw: Any = json.loads(data.decode(), object_pairs_hook=_once)
        file = _File.model_validate_json(data)
        message, name = canonical(raw["payload"]), digest(raw)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        fact = f"{'.'.join(map(str, first['loc']))}: {first['msg'].lower()}"
    except (ValueError, RecursionError, rfc8785.CanonicalizationError) as error:
        fact = f"the file is no signature: {error}"
    else:
        try:
            return SignatureFile(file.payload, message, name, signer(message, file.signature, NAMESPACE), "")
        except NotSigned as error:
            return SignatureFile(file.payload, message, name, "", str(error))
    return Problem(Place(path), "SIGNATURE_INVALID", fact, _CURE)


def written(payload: Json, armor: str) -> bytes:
    """The bytes of a signature file, in a form that people can read."""
    return (json.dumps({"payload": payload, "signature": armor}, ensure_ascii=False, indent=2) + "\n").encode()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found
