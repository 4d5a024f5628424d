"""A stack's Pulumi state as bytes: made new, read, and freed of what a killed run left in it.

The state is a cache of what the clouds hold: the ledger keeps the bytes between operations, resources that it does not
know are adopted by key.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from broker import canonical
from broker.engine.binary import VERSION
from broker.errors import EngineError

PROJECT = "govcloud"
SECRET_MARK = "4dabf18193072939515e22adb298388d"  # noqa: S105 - Pulumi's public marker of a sealed value, no secret
_STACK_TYPE = "pulumi:pulumi:Stack"


@dataclass(frozen=True, slots=True)
class Held:
    """One resource that the state knows. `deleting`: replaced already, its old copy still to be deleted."""

    urn: str
    type: str
    id: str
    deleting: bool
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The logical name: the last part of the URN."""
        return self.urn.rsplit("::", 1)[-1]


def qualified(stack: str) -> str:
    """The stack's name as the CLI wants it: a file backend has one organization."""
    return f"organization/{PROJECT}/{stack}"


def new(stack: str, salt: str) -> bytes:
    """The state of a stack that holds nothing yet, as `pulumi stack init` would write it."""
    version = f"v{VERSION}"
    latest = {
        "manifest": {
            "time": "1970-01-01T00:00:00Z",
            "magic": hashlib.sha256(version.encode()).hexdigest(),
            "version": version,
        },
        "secrets_providers": {"type": "passphrase", "state": {"salt": salt}},
        "metadata": {},
    }
    return _bytes({"version": 3, "checkpoint": {"stack": qualified(stack), "latest": latest}})


def salt_of(state: bytes) -> str:
    """The salt that the state's secrets were sealed under.

    Raises:
        EngineError: The state was sealed by something else than a passphrase.
    """
    provider = _latest(_document(state)).get("secrets_providers") or {}
    if provider.get("type") != "passphrase":
        raise EngineError(
            f"reading the stack's state: it is sealed by {provider.get('type') or 'nothing'}, not by the deployment's "
            f"passphrase; import it with `pulumi stack change-secrets-provider passphrase`"
        )
    return str(provider["state"]["salt"])


def held(state: bytes) -> tuple[Held, ...]:
    """Every cloud resource of the state, in the state's order; the stack, components and providers are left out."""
    return tuple(
        Held(
            urn=resource["urn"],
            type=resource["type"],
            id=resource["id"],
            deleting=bool(resource.get("delete")),
            inputs=resource.get("inputs") or {},
            outputs=resource.get("outputs") or {},
        )
        for resource in _resources(state)
        if resource.get("custom") and resource.get("id") and not resource["type"].startswith("pulumi:")
    )


def known_ids(state: bytes) -> frozenset[str]:
    """Every id that the state knows, old copies included: none of them may ever be adopted again."""
    return frozenset(resource.id for resource in held(state))


def ids_by_urn(state: bytes) -> dict[str, str]:
    """The id behind each URN; where a replacement is not finished, the new one's."""
    return {resource.urn: resource.id for resource in held(state) if not resource.deleting}


def outputs(state: bytes) -> dict[str, Any]:
    """The stack's outputs; a sealed value stays sealed."""
    for resource in _resources(state):
        if resource["type"] == _STACK_TYPE:
            return dict(resource.get("outputs") or {})
    return {}


def pending(state: bytes) -> tuple[str, ...]:
    """URNs of what a run had begun and not ended when it was killed."""
    operations = _latest(_document(state)).get("pending_operations") or []
    return tuple(operation["resource"]["urn"] for operation in operations)


def without_pending(state: bytes) -> bytes:
    """The state without begun operations: a create is found again by its key, everything else is simply done again.

    Left in, they would stay for ever: neither a successful run nor a plain refresh takes them out.
    """
    if not pending(state):
        return state
    document = _document(state)
    del _latest(document)["pending_operations"]
    return _bytes(document)


def digest(state: bytes) -> str:
    """What a permit is bound to: equal when the same resources stand with the same inputs and outputs, whenever.

    The order of resources does not count: what does not depend on each other is registered in any order.
    """
    document = _document(state)
    listed = sorted(_resources(state), key=lambda r: (r["urn"], bool(r.get("delete")), r.get("id", "")))
    resources: Any = [
        {key: value for key, value in resource.items() if key not in {"created", "modified"}} for resource in listed
    ]
    return canonical.digest({"stack": document["checkpoint"]["stack"], "resources": resources})


def stack_of(state: bytes) -> str:
    """The stack's name that the state was made for."""
    return str(_document(state)["checkpoint"]["stack"]).rsplit("/", 1)[-1]


def _resources(state: bytes) -> list[dict[str, Any]]:
    return list(_latest(_document(state)).get("resources") or [])


def _latest(document: dict[str, Any]) -> dict[str, Any]:
    return cast("dict[str, Any]", document["checkpoint"].get("latest") or {})


def _document(state: bytes) -> dict[str, Any]:
    try:
        document = json.loads(state)
        document["checkpoint"]["stack"]
    except (ValueError, KeyError, TypeError) as error:
        raise EngineError(
            "reading the stack's state: it is no Pulumi checkpoint; save without a state and run again, "
            "what the cloud holds is adopted by key"
        ) from error
    return cast("dict[str, Any]", document)


def _bytes(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
