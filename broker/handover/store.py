"""What a secret store keeps for each stack, and the keeper that every run hands secrets to."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, Self

_VERSION_BYTES = 12
Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StackSecrets:
    """The secrets of one stack. `version` is another random word after every secret that came; it tells nothing."""

    version: str = ""
    secrets: Mapping[str, Fields] = field(default_factory=dict, repr=False)
    """By what each is, such as `object store user health$booking-internet`."""

    def given(self, what: str, fields: Fields, version: str) -> Self:
        """With the secret in place of an older one of that name; the same as before if it is the same."""
        if self.secrets.get(what) == fields:
            return self
        return type(self)(version, {**self.secrets, what: dict(fields)})

    def without(self, what: str) -> Self:
        """Without the secret, which opens nothing any more; nobody needs another package for that."""
        return type(self)(self.version, {name: fields for name, fields in self.secrets.items() if name != what})


class SecretStore(Protocol):
    """Where a deployment keeps secrets: a private folder, or OpenBao/Vault by setting."""

    def stacks(self) -> tuple[str, ...]:
        """Every stack that has secrets, sorted."""

    def read(self, stack: str) -> StackSecrets:
        """What is kept of a stack; empty where it has nothing."""

    def change(self, stack: str, change: Callable[[StackSecrets], StackSecrets]) -> None:
        """Keep what `change` makes of what is kept; nothing that another writer kept meanwhile is lost."""


def keeper(store: SecretStore, stack: str) -> Callable[[str, Fields], None]:
    """Takes (what, fields) of one stack and keeps them; without fields it forgets what no longer opens anything."""

    def keep(what: str, fields: Fields) -> None:
        version = secrets.token_hex(_VERSION_BYTES)
        store.change(stack, lambda kept: kept.given(what, fields, version) if fields else kept.without(what))

    return keep
