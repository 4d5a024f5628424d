"""A document as proposed: where it is to lie, and its text."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
from typing import Any, Final

import yaml

from broker.documents.envelope import API_VERSION, Spec
from broker.registry.filed import Registry

LONGEST_ID: Final = 48


@dataclass(frozen=True, slots=True)
class Draft:
    """A document that is not filed yet."""

    id: str
    path: PurePosixPath
    """From the registry's root."""
    text: str
    signed_by: tuple[str, ...]
    """Roles of which one must sign."""
    signatures: int
    """How many different people must sign."""


@dataclass(frozen=True, slots=True)
class Filing:
    """Who files the draft, on which day, and which document it replaces or takes back."""

    by: str
    day: date
    supersedes: str = ""
    note: str = ""
    withdraws: str = ""


def drafted(  # noqa: PLR0913, PLR0917 - the parts of a document
    spec: type[Spec], name: str, path: PurePosixPath, filing: Filing, content: Mapping[str, Any], comment: str
) -> Draft:
    """The draft of a document; empty parts of its content are left out."""
    metadata: dict[str, Any] = {"id": name, "filed_on": str(filing.day), "filed_by": filing.by}
    more = {"supersedes": filing.supersedes, "withdraws": filing.withdraws, "note": filing.note}
    metadata |= {key: value for key, value in more.items() if value}
    given = {key: value for key, value in content.items() if value not in (None, "", [], ())}
    document = {"apiVersion": API_VERSION, "kind": spec.kind, "metadata": metadata, "spec": given}
    text = f"# {comment}\n{yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=1000)}"
    return Draft(name, path, text, spec.signed_by, spec.signatures)


def ended(name: str, ending: str) -> str:
    """An id with an ending, shortened in front of it where both together would be too long."""
    return name[: LONGEST_ID - len(ending)].rstrip("-") + ending


def unused(known: Registry, name: str) -> str:
    """The id, with the lowest number behind it where it is taken."""
    numbered = (name if n == 1 else ended(name, f"-{n}") for n in range(1, len(known.filed) + 2))
    return next(each for each in numbered if known.get(each) is None)


def people(names: Iterable[str]) -> str:
    """Names in a sentence, or that there are none."""
    return ", ".join(sorted(names)) or "none"
