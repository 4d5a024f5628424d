"""What the verifier needs of a filed document; `broker.registry.filed.Filed` is one."""

from typing import Protocol

from broker.documents.envelope import Document, Spec
from broker.problem import Place
from broker.signatures.signature import Signature


class Subject(Protocol):
    """A document as it lies in the registry."""

    @property
    def document(self) -> Document[Spec]:
        """The document itself."""

    @property
    def path(self) -> str:
        """From the registry's root."""

    @property
    def digest(self) -> str:
        """Of the YAML as parsed."""

    @property
    def commit(self) -> str:
        """First-parent commit that brought it; empty = not merged."""

    @property
    def sequence(self) -> int:
        """Order of main."""

    @property
    def signatures(self) -> tuple[Signature, ...]:
        """The signatures that name it."""

    def place(self, name: str = "") -> Place:
        """Where a field stands."""
