"""The secret store in an OpenBao or Vault: one secret of its key-value engine (version 2) per stack."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from broker.errors import SecretsUnavailable, SettingsError
from broker.handover.store import StackSecrets

_TIMEOUT_S = 10
_TRIES = 20
_NEW = 0
"""Check-and-set number that asks for a secret to be new."""


class VaultStore:
    """Writers of all processes use check-and-set: whoever was second reads again. Old versions are not kept."""

    def __init__(self, url: str, token: Path, mount: str, path: str) -> None:
        self._url = url
        self._token = token
        self._mount = mount
        self._path = path.strip("/")

    def stacks(self) -> tuple[str, ...]:
        """Every stack that has secrets, sorted."""
        with self._asking("listing secrets") as (kv, errors):
            try:
                answer = kv.list_secrets(path=self._path, mount_point=self._mount)
            except errors.InvalidPath:
                return ()
            return tuple(sorted(answer["data"]["keys"]))

    def read(self, stack: str) -> StackSecrets:
        """What is kept of a stack; empty where it has nothing.

        Raises:
            SecretsUnavailable: The vault does not answer, or refuses.
        """
        return self._read(stack)[0]

    def change(self, stack: str, change: Callable[[StackSecrets], StackSecrets]) -> None:
        """Keep what `change` makes of what is kept.

        Raises:
            SecretsUnavailable: The vault does not answer, or refuses, or others wrote each time in between.
        """
        for _ in range(_TRIES):
            before, number = self._read(stack)
            after = change(before)
            if after == before or self._written(stack, after, number):
                return
        raise SecretsUnavailable(f"keeping the secrets of {stack}: others wrote them {_TRIES} times in between; retry")

    def _read(self, stack: str) -> tuple[StackSecrets, int]:
        with self._asking(f"reading the secrets of {stack}") as (kv, errors):
            try:
                answer = kv.read_secret_version(
                    path=self._of(stack), mount_point=self._mount, raise_on_deleted_version=True
                )
            except errors.InvalidPath:
                return StackSecrets(), _NEW
            data = answer["data"]
            return StackSecrets(data["data"]["version"], data["data"]["secrets"]), int(data["metadata"]["version"])

    def _written(self, stack: str, kept: StackSecrets, number: int) -> bool:
        """Whether it was kept; False where another writer was first."""
        with self._asking(f"keeping the secrets of {stack}") as (kv, errors):
            path, mount = self._of(stack), self._mount
            if not kept.secrets:
                kv.delete_metadata_and_all_versions(path=path, mount_point=mount)
                return True
            secret = {"version": kept.version, "secrets": {what: dict(fields) for what, fields in kept.secrets.items()}}
            try:
                kv.create_or_update_secret(path=path, secret=secret, cas=number, mount_point=mount)
            except errors.InvalidRequest as error:
                if "check-and-set" in str(error):
                    return False
                raise
            if number == _NEW:
                # a secret that was renewed opens nothing: nobody needs its older versions
                kv.update_metadata(path=path, max_versions=1, cas_required=True, mount_point=mount)
            return True

    def _of(self, stack: str) -> str:
        return f"{self._path}/{stack}"

    @contextlib.contextmanager
    def _asking(self, doing: str) -> Iterator[tuple[Any, Any]]:
        # takes 0.2 s to import: only where a vault is set
        import hvac  # noqa: PLC0415 - see above
        import requests  # noqa: PLC0415 - see above
        from hvac import exceptions  # noqa: PLC0415 - see above

        client = hvac.Client(url=self._url, token=self._read_token(), timeout=_TIMEOUT_S)
        try:
            yield client.secrets.kv.v2, exceptions
        except exceptions.VaultError as error:
            # its text quotes what the vault said, never the token
            raise SecretsUnavailable(
                f"{doing}: the vault at {self._url} refused: {'; '.join(error.errors or ()) or type(error).__name__}; "
                f"look at the token and its policy, see docs/secrets.md"
            ) from None
        except requests.RequestException as error:
            raise SecretsUnavailable(
                f"{doing}: the vault at {self._url} does not answer ({type(error).__name__}); start or unseal it"
            ) from None
        finally:
            client.adapter.close()

    def _read_token(self) -> str:
        try:
            if self._token.stat().st_mode & 0o077:
                raise SettingsError(f"reading the vault's token: others may read {self._token}; chmod 600 it")
            return self._token.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            raise SettingsError(
                f"reading the vault's token: there is no file {self._token}; write it there, or set vault_token"
            ) from None
