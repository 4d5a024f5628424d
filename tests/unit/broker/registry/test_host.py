"""A git host and the copy here, over real pushes and fetches between folders."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from broker.documents.records import Received
from broker.errors import RegistryBroken, SettingsError
from broker.registry.history import HistoryReplaced
from broker.registry.host import REPLACED, Host, HostAway
from broker.registry.records import append, read_records
from tests.unit.broker.registry.office import NOW, Office, founded

KEY = Ed25519PrivateKey.generate()


class Place:
    """A host, a clerk's clone of it, and the broker's copy."""

    def __init__(self, folder: Path) -> None:
        self.remote = folder / "host.git"
        self.office = founded(folder / "clerk")
        subprocess.run(["git", "clone", "-q", "--bare", self.office.root, self.remote], check=True)
        self.office.git("remote", "add", "origin", str(self.remote))
        self.approves = False
        self.copy = folder / "copy"
        self.host = self.machine(self.copy)

    def machine(self, copy: Path) -> Host:
        none = copy.with_name("no-credentials")
        return Host(copy, str(self.remote), "main", none, lambda _last, _head: self.approves, again_s=0)

    def merge(self, *options: str) -> str:
        head = self.office.commit()
        self.office.git("push", "-q", *options, "origin", "main")
        return head

    def head(self, copy: Path | None = None, name: str = "main") -> str:
        command = ["git", "-C", str(copy or self.copy), "rev-parse", name]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def leaves(self) -> None:
        self.remote.rename(self.remote.with_suffix(".away"))

    def comes_back(self) -> None:
        self.remote.with_suffix(".away").rename(self.remote)

    def record(self, copy: Path, n: int, host: Host) -> None:
        host.publish(lambda: append(copy, [Received(document=f"sha256:{n:064}", at=NOW)], KEY, NOW))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_the_copy_is_made_and_follows_what_is_merged(place: Place) -> None:
    place.host.refresh()
    assert place.head() == place.office.git("rev-parse", "HEAD")
    head = place.merge()
    place.host.refresh()
    assert (place.head(), place.host.away) == (head, "")


def test_a_host_that_is_away_leaves_what_is_here_and_is_asked_again(place: Place) -> None:
    place.host.refresh()
    before = place.head()
    place.leaves()
    place.host.refresh()
    assert "does not appear to be a git repository" in place.host.away
    assert place.head() == before
    place.comes_back()
    head = place.merge()
    place.host.refresh()
    assert (place.head(), place.host.away) == (head, "")


def test_a_host_that_was_never_reached_gives_no_registry(place: Place) -> None:
    place.leaves()
    with pytest.raises(HostAway, match="never reached"):
        place.host.refresh()


def test_a_host_that_hangs_is_not_waited_for(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.host.refresh()
    hanging = Host(place.copy, "ssh://nowhere.invalid/r", "main", place.copy, place.host.accepted, answer_s=0.2)
    monkeypatch.setenv("GIT_SSH_COMMAND", "sleep 30; true")
    hanging.refresh()
    assert "no answer in 0.2 s" in hanging.away


@pytest.mark.parametrize("way", ["rewritten", "older", "deleted"])
def test_a_main_that_does_not_follow_stops_until_it_is_put_back(place: Place, way: str) -> None:
    first = place.office.git("rev-parse", "HEAD")
    last = place.merge()
    place.host.refresh()
    if way == "deleted":
        subprocess.run(["git", "-C", place.remote, "update-ref", "-d", "refs/heads/main"], check=True)
    else:
        place.office.git("reset", "-q", "--hard", first)
        if way == "rewritten":
            place.office.commit("another")
        place.office.git("push", "-q", "--force", "origin", "main")
    with pytest.raises(HistoryReplaced, match=last[:12]):
        place.host.refresh()
    assert place.head() == last
    place.office.git("reset", "-q", "--hard", last)
    place.office.git("push", "-q", "--force", "origin", "main")
    place.host.refresh()
    assert place.head() == last


def test_an_accepted_head_is_taken_over_and_the_old_one_stays_readable(place: Place) -> None:
    first = place.office.git("rev-parse", "HEAD")
    last = place.merge()
    place.host.refresh()
    place.office.git("reset", "-q", "--hard", first)
    place.office.commit("another")
    head = place.merge("--force")
    place.approves = True
    place.host.refresh()
    assert (place.head(), place.head(name=f"{REPLACED}{last}")) == (head, last)


def test_records_of_two_machines_reach_the_host_in_one_line(place: Place, tmp_path: Path) -> None:
    other_copy = tmp_path / "other"
    other = place.machine(other_copy)
    for n, (copy, host) in enumerate([(place.copy, place.host), (other_copy, other), (place.copy, place.host)]):
        host.refresh()
        place.record(copy, n, host)
    assert [record.document[-1] for record in read_records(place.remote)] == ["0", "1", "2"]  # type: ignore[union-attr]  # only receipts


def test_records_that_could_not_be_pushed_are_taken_back_here(place: Place) -> None:
    place.host.refresh()
    place.record(place.copy, 1, place.host)
    place.leaves()
    with pytest.raises(HostAway):
        place.record(place.copy, 2, place.host)
    assert place.host.away
    assert len(read_records(place.copy)) == 1
    place.comes_back()
    place.host.refresh()
    place.record(place.copy, 3, place.host)
    assert [record.document[-1] for record in read_records(place.remote)] == ["1", "3"]  # type: ignore[union-attr]  # only receipts


def test_what_a_killed_broker_wrote_here_and_never_pushed_goes(place: Place, tmp_path: Path) -> None:
    place.host.refresh()
    place.record(place.copy, 1, place.host)
    append(place.copy, [Received(document=f"sha256:{2:064}", at=NOW)], KEY, NOW)  # killed before the push
    other = place.machine(tmp_path / "other")
    other.refresh()
    place.record(tmp_path / "other", 3, other)
    place.host.refresh()
    assert read_records(place.copy) == read_records(place.remote)


@pytest.mark.parametrize("way", ["rewritten", "deleted"])
def test_records_that_somebody_else_changed_on_the_host_are_an_alarm(place: Place, way: str) -> None:
    place.host.refresh()
    place.record(place.copy, 1, place.host)
    stranger = Office(place.remote)
    if way == "deleted":
        stranger.git("update-ref", "-d", "refs/heads/records")
    else:
        stranger.git("update-ref", "refs/heads/records", stranger.git("rev-parse", "main"))
    for _ in range(2):  # it stays one
        with pytest.raises(RegistryBroken, match="its records are not those it had"):
            place.host.refresh()
    assert len(read_records(place.copy)) == 1


LOOK = """
import sys
from pathlib import Path
from broker.registry.host import Host
copy, remote = sys.argv[1:]
Host(Path(copy), remote, "main", Path(copy + ".none"), lambda _last, _head: False).refresh()
"""


def test_a_process_that_looks_while_records_are_written_waits_and_takes_none_of_them_away(place: Place) -> None:
    place.record(place.copy, 1, place.host)
    command = [sys.executable, "-c", LOOK, str(place.copy), str(place.remote)]
    looking: list[subprocess.Popen[bytes]] = []

    def write() -> None:
        append(place.copy, [Received(document=f"sha256:{2:064}", at=NOW)], KEY, NOW)
        looking.append(subprocess.Popen(command))
        with pytest.raises(subprocess.TimeoutExpired):
            looking[0].wait(timeout=2)

    place.host.publish(write)
    assert looking[0].wait(timeout=300) == 0
    assert len(read_records(place.copy)) == 2
    assert place.head(name="records") == place.head(place.remote, "records")


def test_a_thread_that_looks_while_records_are_written_waits_and_takes_none_of_them_away(place: Place) -> None:
    place.record(place.copy, 1, place.host)
    looking = threading.Thread(target=place.host.refresh)

    def write() -> None:
        append(place.copy, [Received(document=f"sha256:{2:064}", at=NOW)], KEY, NOW)
        looking.start()
        looking.join(timeout=0.5)
        assert looking.is_alive()

    place.host.publish(write)
    looking.join()
    assert len(read_records(place.copy)) == 2
    assert place.head(name="records") == place.head(place.remote, "records")


def test_a_password_in_the_address_and_a_work_tree_are_refused(place: Place, tmp_path: Path) -> None:
    for remote in ("https://broker:word@git.invalid/r", "https://token@git.invalid/r"):
        with pytest.raises(SettingsError, match="names a password"):
            Host(place.copy, remote, "main", tmp_path / "c", place.host.accepted).refresh()
    with pytest.raises(SettingsError, match="no bare repository"):
        place.machine(place.office.root).refresh()


def test_without_a_remote_nothing_is_fetched_or_pushed(tmp_path: Path) -> None:
    host = Host(tmp_path / "nothing", "", "main", tmp_path / "c", lambda _last, _head: False)
    host.refresh()
    written = []
    host.publish(lambda: written.append(1))
    assert (host.away, written) == ("", [1])
