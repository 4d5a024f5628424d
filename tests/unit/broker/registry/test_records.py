import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from broker.documents.records import Received, Record
from broker.errors import RegistryBroken
from broker.registry import branch, records
from broker.registry.branch import RecordsMoved
from broker.registry.records import append, newest, read_batches, read_records
from broker.signatures.key import fingerprint, public_text
from tests.unit.broker.registry.office import NOW, Office

KEY = Ed25519PrivateKey.generate()


def received(n: int) -> Received:
    return Received(document=f"sha256:{n:064x}", at=NOW + timedelta(minutes=n))


def test_without_the_branch_there_are_no_records(office: Office) -> None:
    assert read_records(office.root) == ()


def test_records_come_back_in_order_batch_by_batch(office: Office) -> None:
    batches: list[tuple[Record, ...]] = [(received(1), received(2)), (received(3),), ()]
    for batch in batches:
        append(office.root, batch, KEY, NOW)
    assert read_records(office.root, fingerprint(public_text(KEY))) == (received(1), received(2), received(3))
    assert [batch.sequence for batch in read_batches(office.root)] == [0, 1, 2]


def test_what_the_newest_batch_holds_is_not_written_once_more(office: Office) -> None:
    assert newest(office.root).lacks([received(1)]) == (received(1),)
    append(office.root, [received(1)], KEY, NOW)
    append(office.root, [received(2), received(3)], KEY, NOW)
    assert newest(office.root).lacks([received(2), received(4), received(3)]) == (received(4),)


def test_each_batch_is_one_commit_after_the_last_and_main_is_untouched(office: Office) -> None:
    main = office.git("rev-parse", "main")
    first = append(office.root, [received(1)], KEY, NOW)
    second = append(office.root, [received(2)], KEY, NOW)
    assert office.git("rev-list", "records").split() == [second, first]
    assert (office.git("rev-parse", "main"), office.git("status", "--porcelain")) == (main, "")


def test_batches_go_on_over_the_end_of_a_folder(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "_SHARD", 2)
    for n in range(5):
        append(office.root, [received(n)], KEY, NOW)
    assert read_records(office.root) == tuple(received(n) for n in range(5))


def test_the_registry_reads_its_records(office: Office) -> None:
    append(office.root, [received(1)], KEY, NOW)
    assert office.registry().records == (received(1),)


def test_a_batch_of_another_key_is_refused(office: Office) -> None:
    append(office.root, [received(1)], KEY, NOW)
    with pytest.raises(RegistryBroken, match="not by the broker's key"):
        read_records(office.root, "SHA256:other")
    append(office.root, [received(2)], Ed25519PrivateKey.generate(), NOW)
    with pytest.raises(RegistryBroken, match="not by the broker's key"):
        read_records(office.root)


def rewrite(office: Office, change: dict[str, bytes | None]) -> None:
    """Puts a damaged tree onto the branch, as somebody with write access to the repository could."""
    listed = office.git("ls-tree", "-r", "records").splitlines()
    files = {line.split("\t")[1]: line.split()[2] for line in listed}
    index = {"GIT_INDEX_FILE": str(office.root / "damaged.index")}
    for name, data in change.items():
        files.pop(name, None)
        if data is not None:
            done = subprocess.run(
                ["git", "-C", office.root, "hash-object", "-w", "--stdin"], input=data, check=True, capture_output=True
            )
            files[name] = done.stdout.decode().strip()
    lines = "".join(f"100644 {blob}\t{name}\n" for name, blob in files.items())
    run = ["git", "-C", str(office.root)]
    subprocess.run([*run, "update-index", "--index-info"], input=lines.encode(), check=True, env=index)
    tree = subprocess.run([*run, "write-tree"], check=True, capture_output=True, env=index).stdout.decode().strip()
    office.git("update-ref", "refs/heads/records", office.git("commit-tree", tree, "-m", "damaged"))


@pytest.mark.parametrize("damage", ["change", "drop", "swap", "empty", "unsigned"])
def test_a_damaged_branch_is_refused(office: Office, damage: str) -> None:
    for n in range(3):
        append(office.root, [received(n)], KEY, NOW)
    names = [f"batches/000000/{n:09d}.jsonl" for n in range(3)]
    contents = [office.git("show", f"records:{name}").encode() + b"\n" for name in names]
    changes: dict[str, dict[str, bytes | None]] = {
        "change": {names[1]: contents[1].replace(b"sha256:000", b"sha256:111")},
        "drop": {names[1]: None},
        "swap": {names[1]: contents[2], names[2]: contents[1]},
        "empty": {names[1]: b""},
        "unsigned": {names[1]: contents[1].rsplit(b"{", 1)[0] + b"{}\n"},
    }
    rewrite(office, changes[damage])
    with pytest.raises(RegistryBroken, match="reading records"):
        read_records(office.root, fingerprint(public_text(KEY)))


def test_of_two_writers_that_read_the_same_head_one_is_told_to_read_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(office.root, [received(1)], KEY, NOW)
    stale = office.git("rev-parse", "records")
    append(office.root, [received(2)], KEY, NOW)
    heads = iter([stale])
    current = branch.head_of_records
    monkeypatch.setattr(records, "head_of_records", lambda repository: next(heads, None) or current(repository))
    with pytest.raises(RecordsMoved, match="moved meanwhile"):
        append(office.root, [received(3)], KEY, NOW)
    assert read_records(office.root) == (received(1), received(2))


def test_records_are_pushed_fast_forward_only(office: Office, tmp_path: Path) -> None:
    remote = tmp_path / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", str(remote)], check=True)
    append(office.root, [received(1)], KEY, NOW, str(remote))
    assert read_records(remote) == (received(1),)
    other = Office(tmp_path / "other")
    subprocess.run(["git", "clone", "-q", "--mirror", str(remote), str(other.root)], check=True)
    append(other.root, [received(2)], KEY, NOW, str(remote))
    with pytest.raises(RecordsMoved, match="it has others"):
        append(office.root, [received(3)], KEY, NOW, str(remote))
    assert read_records(remote) == (received(1), received(2))
