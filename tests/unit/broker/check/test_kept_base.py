"""What-if from a registry that was kept: believed only where everything it was made from is as it was."""

import pickle
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from broker import papers
from broker.check.base import Base
from broker.check.review import Merged
from broker.documents.envelope import Nature
from broker.documents.records import Admitted, Received, Record
from broker.registry.filed import Filed
from broker.registry.listing import listing_of, listing_without
from broker.registry.read import read_commit
from broker.registry.records import append
from broker.registry.snapshot import keep_snapshot, kept_snapshot, program
from broker.registry.texts import Texts
from tests.unit.broker.registry.office import NOW, REQUEST, Office, document, founded

TEXTS = Texts(None, {})


def request(name: str) -> str:
    return document("OnboardingRequest", f"{name}-request", REQUEST % name, by="health-clerk")


def record(office: Office, *names: str) -> None:
    """Records of everything that is merged: received; of the documents by these ids: admitted."""
    registry = read_commit(office.root, cached=False)
    digests = (*(filed.digest for filed in registry.filed), *(one.digest for one in registry.signatures))
    received = [Received(document=digest, at=NOW) for digest in digests]
    admitted = [outcome(f) for f in registry.filed if f.spec.nature is not Nature.FOUNDATION and f.id in names]
    records: list[Record] = [*received, *admitted]
    append(office.root, records, office.key("broker"), NOW)


def outcome(filed: Filed) -> Admitted:  # type: ignore[type-arg]  # any kind
    return Admitted(
        document=filed.digest,
        id=filed.id,
        commit=filed.commit,
        sequence=filed.sequence,
        as_of=NOW,
        rule_set="sha256:" + "1" * 64,
        admitted=True,
    )


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An office with one request filed and admitted."""
    office = founded(tmp_path / "registry")
    office.write("cases/one.yaml", request("one"))
    office.commit()
    record(office, "one-request")
    return office


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    file = tmp_path / "paper.yaml"
    file.write_text(request("asked"), encoding="utf-8")
    return file


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "govcloud-broker"


Ask = Callable[[Path], Merged]


@pytest.fixture
def ask(office: Office, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Asks with the cache."""

    def asked(file: Path) -> Merged:
        monkeypatch.setenv("XDG_CACHE_HOME", str(cache.parent))
        return answer(office, file)

    return asked


@pytest.fixture
def anew(office: Office, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Asks without any cache."""

    def asked(file: Path) -> Merged:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("empty")))
        return answer(office, file)

    return asked


def answer(office: Office, file: Path) -> Merged:
    """The answer without its instants, which no two questions share."""
    found = papers.what_if(office.root, file, worth_keeping=1)
    assert isinstance(found, Merged)
    return replace(found, before=replace(found.before, as_of=NOW), after=replace(found.after, as_of=NOW))


def systems(found: Merged) -> list[str]:
    return [system.id for system in found.before.systems]


def held(office: Office, cache: Path) -> Base | None:
    found = kept_snapshot(cache, office.root, listing_of(office.root).name(), TEXTS)
    assert found is None or isinstance(found, Base)
    return found


def test_the_second_answer_comes_from_what_the_first_kept(office: Office, paper: Path, cache: Path, ask: Ask) -> None:
    first = ask(paper)
    base = held(office, cache)
    assert base is not None
    assert systems(first) == ["one"]
    assert ask(paper) == first
    # another one under the same name is what the next answer is given from
    empty = replace(base.judged.registry, filed=base.judged.registry.filed[:0])
    name = listing_of(office.root).name()
    keep_snapshot(cache, office.root, name, replace(base, judged=replace(base.judged, registry=empty, held=empty)))
    assert ask(paper) != first


def merged_one_more(office: Office) -> None:
    office.write("cases/two.yaml", request("two"))
    office.commit()


def merged_and_admitted(office: Office) -> None:
    merged_one_more(office)
    record(office, "one-request", "two-request")


def recorded_otherwise(office: Office) -> None:
    registry = read_commit(office.root, cached=False)
    refused = replace_admitted(outcome(next(f for f in registry.filed if f.id == "one-request")))
    append(office.root, [refused], office.key("broker"), NOW)


def replace_admitted(record: Admitted) -> Admitted:
    return record.model_copy(update={"admitted": False})


def laid_beside(office: Office) -> None:
    office.write("cases/two.yaml", request("two"))


def edited(office: Office) -> None:
    office.write("cases/one.yaml", request("one").replace("预约", "挂号"))


def taken_back(office: Office) -> None:
    office.git("reset", "-q", "--hard", "HEAD~1")


THROUGH_OURS = b"\x80\x04\x8c\x15broker.registry.files\x8c\x09os.getcwd\x93)R."
"""A pickle that calls what a module of ours imports."""

CHANGES = (merged_one_more, merged_and_admitted, recorded_otherwise, laid_beside, edited, taken_back)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_what_was_kept_is_not_believed_of_another_head_other_records_or_other_files(  # noqa: PLR0913, PLR0917 - fixtures
    office: Office, paper: Path, cache: Path, ask: Ask, anew: Ask, change: Callable[[Office], None]
) -> None:
    first = ask(paper)
    assert held(office, cache) is not None
    change(office)
    assert held(office, cache) is None
    then = ask(paper)
    assert then == anew(paper)
    if change in {merged_and_admitted, recorded_otherwise, taken_back}:
        assert systems(then) != systems(first)


@pytest.mark.parametrize(
    "harm", ["damaged", "torn", "of another name", "writable by others", "a link", "not ours", "through ours"]
)
def test_a_file_that_cannot_be_believed_is_not_used(  # noqa: PLR0913, PLR0917 - fixtures
    office: Office, paper: Path, cache: Path, ask: Ask, anew: Ask, harm: str
) -> None:
    ask(paper)
    (file,) = cache.glob("stood-*")
    data = file.read_bytes()
    head, _, body = data.partition(b"\n")
    match harm:
        case "damaged":
            file.write_bytes(data.replace(b"one-request", b"two-request"))
        case "torn":
            file.write_bytes(data[:-100])
        case "of another name":
            file.write_bytes(b"0" * 64 + head[64:] + b"\n" + body)
        case "writable by others":
            file.chmod(0o622)
        case "a link":
            file.rename(cache.parent / "elsewhere")
            file.symlink_to(cache.parent / "elsewhere")
        case _:
            foreign = pickle.dumps(Path("/")) if harm == "not ours" else THROUGH_OURS
            file.write_bytes(head[:65] + b"%08x\n" % zlib.crc32(foreign) + foreign)
    assert held(office, cache) is None
    assert ask(paper) == anew(paper)


def test_a_paper_that_lies_in_the_work_tree_is_asked_about_as_one_outside(
    office: Office, paper: Path, cache: Path, ask: Ask, anew: Ask
) -> None:
    outside = ask(paper)
    inside = office.root / "cases" / "paper.yaml"
    inside.write_text(paper.read_text(encoding="utf-8"), encoding="utf-8")
    assert listing_without(office.root, inside).name() != listing_of(office.root).name()
    there = kept_snapshot(cache, office.root, listing_without(office.root, inside).name(), TEXTS)
    assert isinstance(there, Base)
    found = ask(inside)
    assert found == anew(inside)
    assert (found.before, found.after) == (outside.before, outside.after)


def test_a_paper_that_is_merged_is_asked_about_without_what_is_kept(
    office: Office, ask: Ask, anew: Ask, paper: Path
) -> None:
    ask(paper)
    found = ask(office.root / "cases" / "one.yaml")
    assert found == anew(office.root / "cases" / "one.yaml")
    assert systems(found) == []


def test_small_registries_and_what_no_record_tells_of_are_not_kept(
    office: Office, paper: Path, cache: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache.parent))
    papers.what_if(office.root, paper)
    assert not list(cache.glob("stood-*"))
    path = office.write("platform/a.yaml", document("Flavor", "f-a", "{name: a, vcpu: 1, memory_gib: 1}"))
    office.sign(path)
    office.commit()
    ask(paper)
    assert not list(cache.glob("stood-*"))


def test_another_rule_or_another_model_is_another_program(tmp_path: Path) -> None:
    for n, package in enumerate(("policies", "broker")):
        root = tmp_path / str(n)
        (root / package).mkdir(parents=True)
        (root / package / "rule.py").write_text("LIMIT = 1\n", encoding="utf-8")
        before = program(root)
        program.cache_clear()
        assert program(root) == before
        (root / package / "rule.py").write_text("LIMIT = 2\n", encoding="utf-8")
        program.cache_clear()
        assert program(root) != before
