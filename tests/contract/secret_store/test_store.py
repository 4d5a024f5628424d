"""What every secret store does: the folder of the deployment, and a vault."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from broker.errors import SecretsUnavailable, SettingsError
from broker.handover.folder import FolderStore
from broker.handover.store import SecretStore, keeper
from broker.handover.vault import VaultStore
from tests.contract.secret_store import vault as fake
from tests.contract.secret_store.vault import TOKEN, Vault

STACK = "booking.internet.provider-b"


@pytest.fixture
def vault() -> Iterator[Vault]:
    with fake.running() as running:
        yield running


@pytest.fixture
def token(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.touch(mode=0o600)
    path.write_text(f"{TOKEN}\n")
    return path


@pytest.fixture(params=["folder", "vault"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> SecretStore:
    if request.param == "folder":
        return FolderStore(tmp_path / "hand-over")
    vault, token = request.getfixturevalue("vault"), request.getfixturevalue("token")
    return VaultStore(vault.url, token, "secret", "govcloud/district")


def test_a_store_without_secrets_has_none(store: SecretStore) -> None:
    assert store.stacks() == ()
    assert store.read(STACK).secrets == {}


def test_what_is_kept_is_read_again(store: SecretStore) -> None:
    keeper(store, STACK)("user a$b", {"secret_key": "密钥", "endpoint": "http://x"})
    assert store.stacks() == (STACK,)
    assert store.read(STACK).secrets == {"user a$b": {"secret_key": "密钥", "endpoint": "http://x"}}


def test_a_new_secret_gives_another_version_and_the_same_one_again_does_not(store: SecretStore) -> None:
    keep = keeper(store, STACK)
    keep("user", {"key": "1"})
    first = store.read(STACK).version
    keep("user", {"key": "1"})
    assert store.read(STACK).version == first
    keep("user", {"key": "2"})
    second = store.read(STACK)
    assert second.version not in {first, ""}
    assert second.secrets == {"user": {"key": "2"}}


def test_what_opens_nothing_any_more_is_forgotten_without_another_version(store: SecretStore) -> None:
    keep = keeper(store, STACK)
    keep("user", {"key": "1"})
    keep("credential", {"key": "2"})
    before = store.read(STACK).version
    keep("user", {})
    assert (store.read(STACK).version, list(store.read(STACK).secrets)) == (before, ["credential"])
    keep("credential", {})
    keep("never there", {})
    assert store.stacks() == ()


def test_secrets_that_come_at_once_are_all_kept(store: SecretStore) -> None:
    keep = keeper(store, STACK)
    threads = [threading.Thread(target=keep, args=(f"user {n}", {"key": str(n)})) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.read(STACK).secrets == {f"user {n}": {"key": str(n)} for n in range(8)}


def test_nothing_of_a_secret_is_in_what_python_shows_of_it(store: SecretStore) -> None:
    keeper(store, STACK)("user", {"key": "canary"})
    assert "canary" not in repr(store.read(STACK))


def test_the_folders_files_are_its_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "secrets" / "hand-over"
    keeper(FolderStore(folder), STACK)("user", {"key": "1"})
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o077 for path in folder.iterdir()} == {0}
    (folder / f"{STACK}.json").chmod(0o640)
    with pytest.raises(SettingsError, match=r"others may read .*chmod 600"):
        FolderStore(folder).read(STACK)


def test_a_damaged_file_is_told_without_a_word_of_what_is_in_it(tmp_path: Path) -> None:
    keeper(FolderStore(tmp_path), STACK)("user", {"key": "canary"})
    (tmp_path / f"{STACK}.json").write_text('{"version": "canary')
    with pytest.raises(SettingsError, match="is damaged") as found:
        FolderStore(tmp_path).read(STACK)
    assert "canary" not in str(found.value)
    assert found.value.__suppress_context__


def test_a_vault_keeps_no_older_version(vault: Vault, token: Path) -> None:
    keeper(VaultStore(vault.url, token, "secret", "govcloud"), STACK)("user", {"key": "1"})
    entry = vault.entries[f"govcloud/{STACK}"]
    assert (entry.max_versions, entry.cas_required) == (1, True)


def test_a_sealed_absent_or_unwilling_vault_is_told_without_the_token(vault: Vault, token: Path) -> None:
    told = []
    for url, given in ((vault.url, "hvs.canary-of-another-token"), ("http://127.0.0.1:9", TOKEN)):
        token.write_text(given)
        with pytest.raises(SecretsUnavailable) as found:
            VaultStore(url, token, "secret", "govcloud").read(STACK)
        told.append(str(found.value))
    token.write_text(TOKEN)
    vault.sealed = True
    with pytest.raises(SecretsUnavailable) as found:
        VaultStore(vault.url, token, "secret", "govcloud").stacks()
    told.append(str(found.value))
    assert "permission denied" in told[0]
    assert "does not answer (ConnectionError)" in told[1]
    assert "Vault is sealed" in told[2]
    assert "canary" not in "".join(told)


def test_a_token_that_others_may_read_is_not_used(vault: Vault, token: Path) -> None:
    token.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        VaultStore(vault.url, token, "secret", "govcloud").read(STACK)
