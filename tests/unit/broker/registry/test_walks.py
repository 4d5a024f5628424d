"""A history that is walked on from where an earlier run ended equals one that is walked anew."""

from pathlib import Path

import pytest

from broker.registry.git import commit_of
from broker.registry.history import history
from broker.registry.walks import kept_walk, walker_in
from tests.unit.broker.registry.office import REQUEST, Office, approval, document

FLAVOR = "{name: %s, vcpu: 1, memory_gib: 1}"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def same(office: Office, cache: Path, revision: str = "main") -> None:
    head = commit_of(office.root, revision)
    assert history(office.root, head, walker_in(cache, 1)) == history(office.root, head)


def test_new_commits_are_walked_on_from_the_last_one(office: Office, cache: Path) -> None:
    same(office, cache)
    office.write("platform/a.yaml", document("Flavor", "f-a", FLAVOR % "a"))
    office.commit()
    same(office, cache)
    office.git("mv", "platform/a.yaml", "platform/b.yaml")
    office.commit("rename a merged file")
    office.git("rm", "-q", "platform/pool.yaml")
    office.commit("delete a merged file")
    same(office, cache)
    same(office, cache)
    known = kept_walk(cache, office.root)
    assert known is not None
    assert known.chain[-1] == office.git("rev-parse", "main")


def test_a_branch_that_was_walked_as_the_head_counts_from_its_merge(office: Office, cache: Path) -> None:
    office.git("checkout", "-q", "-b", "branch")
    office.write("cases/r.yaml", document("OnboardingRequest", "r", REQUEST % "s", by="health-clerk"))
    office.commit()
    same(office, cache, "branch")
    office.git("checkout", "-q", "main")
    office.write("cases/a.yaml", approval("r"))
    office.commit("meanwhile")
    office.git("merge", "-q", "--no-ff", "-m", "merge", "branch")
    same(office, cache)


def test_a_history_that_was_rewritten_is_walked_anew(office: Office, cache: Path) -> None:
    office.write("platform/a.yaml", document("Flavor", "f-a", FLAVOR % "a"))
    office.commit()
    same(office, cache)
    office.git("reset", "-q", "--hard", "HEAD~1")
    office.write("platform/b.yaml", document("Flavor", "f-b", FLAVOR % "b"))
    office.commit()
    same(office, cache)
    same(office, cache, "HEAD~1")


@pytest.mark.parametrize("harm", ["damaged", "writable by others", "in a folder of others", "a link"])
def test_a_walk_that_cannot_be_believed_is_not_used(office: Office, cache: Path, harm: str) -> None:
    same(office, cache)
    (file,) = cache.iterdir()
    match harm:
        case "damaged":
            file.write_bytes(file.read_bytes().replace(b"office.yaml", b"other.yaml!"))
        case "writable by others":
            file.chmod(0o622)
        case "in a folder of others":
            cache.chmod(0o777)
        case _:
            file.rename(cache.parent / "elsewhere")
            file.symlink_to(cache.parent / "elsewhere")
    assert kept_walk(cache, office.root) is None
    same(office, cache)


def test_few_commits_are_not_worth_keeping(office: Office, cache: Path) -> None:
    head = commit_of(office.root, "main")
    assert history(office.root, head, walker_in(cache)) == history(office.root, head)
    assert not cache.exists()
