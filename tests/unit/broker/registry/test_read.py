from pathlib import Path

import pytest

from broker.documents.organisations import UnitSpec
from broker.documents.platform import UnitQuotaSpec
from broker.errors import RegistryBroken
from broker.registry.history import require_descendant
from broker.registry.read import read_change, read_commit, read_folder
from tests.unit.broker.registry.office import REQUEST, Office, codes, document

QUOTA = '{unit: health, zone: extranet, amount: {vcpu: 64}, valid_from: "2026-01-05", reason: 核定}'
EXAMPLES = Path(__file__).parents[4] / "examples" / "registry"


def test_the_demo_registry_is_clean() -> None:
    registry = read_folder(EXAMPLES, cached=False)
    assert registry.problems == ()
    assert len(registry.filed) == len(list(EXAMPLES.rglob("*.yaml")))


def test_documents_come_in_first_parent_order_and_within_a_commit_foundation_first(office: Office) -> None:
    office.write("quotas/b.yaml", document("UnitQuota", "q-b", QUOTA))
    second = office.commit()
    office.write("platform/a.yaml", document("Flavor", "f-a", "{name: a, vcpu: 1, memory_gib: 1}"))
    office.write("cases/r.yaml", document("OnboardingRequest", "r", REQUEST % "s", by="health-clerk"))
    third = office.commit()
    last = office.registry().filed[-3:]
    assert [(filed.id, filed.commit) for filed in last] == [("q-b", second), ("f-a", third), ("r", third)]
    assert [filed.sequence for filed in last] == sorted(filed.sequence for filed in last)


def test_what_a_branch_brings_counts_from_its_merge(office: Office) -> None:
    office.git("checkout", "-q", "-b", "branch")
    office.write("quotas/b.yaml", document("UnitQuota", "q-b", QUOTA))
    office.commit()
    office.git("checkout", "-q", "main")
    office.commit("meanwhile")
    office.git("merge", "-q", "--no-ff", "-m", "merge", "branch")
    assert office.registry().filed[-1].commit == office.git("rev-parse", "main")


@pytest.mark.parametrize("way", ["edited", "renamed", "deleted", "made a link"])
def test_a_merged_document_that_was_changed_is_a_problem_and_stays_as_merged(office: Office, way: str) -> None:
    before = office.registry().filed
    target = office.root / "organisations/health.yaml"
    if way == "edited":
        target.write_text(target.read_text().replace("区卫生健康委员会", "区卫健委"))
    elif way == "renamed":
        office.git("mv", "organisations/health.yaml", "organisations/commission.yaml")
    else:
        target.unlink()
    if way == "made a link":
        target.symlink_to("education.yaml")
    office.commit()
    registry = office.registry()
    assert codes(registry) == ["DOCUMENT_CHANGED"]
    assert registry.problems[0].place.path == "organisations/health.yaml"
    assert registry.filed == before


def test_a_changed_document_that_is_put_back_is_no_problem(office: Office) -> None:
    target = office.root / "organisations/health.yaml"
    text = target.read_text()
    target.write_text(text + "# note\n")
    office.commit()
    target.write_text(text)
    office.commit()
    assert office.registry().problems == ()


def test_a_broken_file_that_is_taken_out_again_leaves_no_problem(office: Office) -> None:
    office.write("quotas/broken.yaml", "kind: [")
    office.commit()
    assert codes(office.registry()) == ["NOT_YAML"]
    (office.root / "quotas/broken.yaml").unlink()
    office.commit()
    assert office.registry().problems == ()


def test_a_head_that_does_not_follow_the_last_one_is_refused(office: Office) -> None:
    first = office.git("rev-parse", "HEAD")
    second = office.commit("second")
    require_descendant(office.root, first, second)
    office.git("reset", "-q", "--hard", first)
    rewritten = office.commit("another second")
    with pytest.raises(RegistryBroken, match="does not follow"):
        require_descendant(office.root, second, rewritten)


def test_a_last_head_that_came_in_as_a_side_branch_is_refused(office: Office) -> None:
    office.git("checkout", "-q", "-b", "side")
    side = office.commit("side")
    office.git("checkout", "-q", "main")
    office.commit("main")
    office.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    with pytest.raises(RegistryBroken, match="does not follow"):
        require_descendant(office.root, side, office.git("rev-parse", "main"))


def test_a_replacement_object_does_not_change_what_is_read(office: Office) -> None:
    before = office.registry().filed
    blob = office.git("rev-parse", "HEAD:organisations/health.yaml")
    office.git("replace", blob, office.git("rev-parse", "HEAD:organisations/education.yaml"))
    assert office.registry().filed == before


def test_a_shallow_clone_is_refused(office: Office, tmp_path: Path) -> None:
    office.commit("second")
    office.git("clone", "-q", "--depth=1", f"file://{office.root}", str(tmp_path / "clone"))
    with pytest.raises(RegistryBroken, match="shallow"):
        read_commit(tmp_path / "clone", "main", cached=False)


def test_an_unknown_revision_is_refused_even_when_it_looks_like_an_option(office: Office) -> None:
    for revision in ("nowhere", "--all"):
        with pytest.raises(RegistryBroken):
            read_commit(office.root, revision, cached=False)


def test_a_merge_request_shows_only_what_it_brings(office: Office) -> None:
    office.git("checkout", "-q", "-b", "request")
    office.write("quotas/b.yaml", document("UnitQuota", "q-b", QUOTA))
    office.commit()
    office.git("checkout", "-q", "main")
    office.write("platform/a.yaml", document("Flavor", "f-a", "{name: a, vcpu: 1, memory_gib: 1}"))
    office.commit("the base goes on")
    before, registry = read_change(office.root, "main", "request", cached=False)
    assert registry.problems == ()
    assert [filed.id for filed in registry.filed if not filed.commit] == ["q-b"]
    assert registry.get("f-a") is not None
    assert before == read_commit(office.root, "main", cached=False)


def test_a_merge_request_that_edits_a_merged_document_is_refused(office: Office) -> None:
    office.git("checkout", "-q", "-b", "request")
    office.git("mv", "organisations/health.yaml", "organisations/h.yaml")
    office.write("organisations/education.yaml", document("Unit", "education", "{name_zh: 改, unit_kind: other}"))
    office.commit()
    _, registry = read_change(office.root, "main", "request", cached=False)
    assert sorted((p.code, p.place.path) for p in registry.problems) == [
        ("DOCUMENT_CHANGED", "organisations/education.yaml"),
        ("DOCUMENT_CHANGED", "organisations/health.yaml"),
    ]
    assert [filed.id for filed in registry.filed if not filed.commit] == []


def test_a_work_tree_shows_what_is_not_merged_and_what_was_changed(office: Office) -> None:
    office.write("quotas/b.yaml", document("UnitQuota", "q-b", QUOTA))
    (office.root / "organisations/education.yaml").unlink()
    registry = read_folder(office.root, cached=False)
    assert [filed.id for filed in registry.filed if not filed.commit] == ["q-b"]
    assert codes(registry) == ["DOCUMENT_CHANGED"]


@pytest.mark.parametrize("reader", ["commit", "folder"])
def test_a_symbolic_link_is_refused_and_never_followed(office: Office, tmp_path: Path, reader: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "unit.yaml").write_text(document("Unit", "smuggled", "{name_zh: 外, unit_kind: other}"))
    (office.root / "organisations/link.yaml").symlink_to(outside / "unit.yaml")
    (office.root / "quotas").symlink_to(outside)
    if reader == "commit":
        office.commit()
        registry = office.registry()
    else:
        registry = read_folder(office.root, cached=False)
    assert codes(registry) == ["SYMLINK", "SYMLINK"]
    assert registry.get("smuggled") is None


@pytest.mark.parametrize(
    ("path", "data", "code"),
    [
        ("case/x.yaml", b"a: 1", "WRONG_FOLDER"),
        ("cases/x.yml", b"a: 1", "FILE_UNKNOWN"),
        ("cases/scan.pdf", b"%PDF", "FILE_UNKNOWN"),
        ("cases/x.yaml", b"\xff\xfe", "NOT_UTF8"),
        ("cases/x.yaml", b"a: " + b"x" * 300_000, "FILE_TOO_LARGE"),
        ("cases/x\x01.yaml", b"a: 1", "FILE_NAME"),
        ("cases/x.y.sig", b"{}", "SIGNATURE_INVALID"),
        ("cases/x.y.sig", b"[" * 100_000, "SIGNATURE_INVALID"),
    ],
)
def test_a_file_that_does_not_belong_is_refused(office: Office, path: str, data: bytes, code: str) -> None:
    office.write(path, data)
    office.commit()
    assert codes(office.registry()) == [code]
    office.git("reset", "-q", "HEAD~1")
    assert codes(read_folder(office.root, cached=False)) == [code]


def test_other_files_beside_the_registry_are_left_alone(office: Office) -> None:
    office.write("README.md", "hello")
    office.write(".gitlab-ci.yml", "a: 1")
    office.write(".github/workflows/check.yaml", "a: 1")
    office.write("cases/README.md", "hello")
    office.commit()
    assert office.registry().problems == ()


def test_a_filed_document_knows_where_its_fields_are(office: Office) -> None:
    place = office.registry().of(UnitSpec)[0].place("spec.unit_kind")
    assert (place.path, place.line, place.field) == ("organisations/education.yaml", 4, "spec.unit_kind")


def test_a_line_of_documents_has_one_current_member(office: Office) -> None:
    office.write("quotas/a.yaml", document("UnitQuota", "q-1", QUOTA))
    office.commit()
    office.write("quotas/b.yaml", document("UnitQuota", "q-2", QUOTA.replace("64", "80"), more=", supersedes: q-1"))
    office.commit()
    registry = office.registry()
    assert [filed.id for filed in registry.of(UnitQuotaSpec)] == ["q-1", "q-2"]
    assert [filed.id for filed in registry.in_force(UnitQuotaSpec)] == ["q-2"]
    assert registry.first("q-2") == "q-1"
    current = registry.current("q-1")
    assert current is not None
    assert current.id == "q-2"


def test_what_is_withdrawn_gives_back_what_it_superseded(office: Office) -> None:
    for name, more in (("q-1", ""), ("q-2", ", supersedes: q-1"), ("q-3", ", withdraws: q-2")):
        spec = QUOTA if name != "q-3" else QUOTA.replace("2026-01-05", "2026-02-05")
        office.write(f"quotas/{name}.yaml", document("UnitQuota", name, spec, more=more))
        office.commit()
    assert [filed.id for filed in office.registry().in_force(UnitQuotaSpec)] == ["q-1", "q-3"]


def test_of_a_line_of_three_only_the_last_counts(office: Office) -> None:
    for name, more in (("q-1", ""), ("q-2", ", supersedes: q-1"), ("q-3", ", supersedes: q-2")):
        office.write(f"quotas/{name}.yaml", document("UnitQuota", name, QUOTA, more=more))
        office.commit()
    assert [filed.id for filed in office.registry().in_force(UnitQuotaSpec)] == ["q-3"]


def test_what_a_withdrawn_withdrawal_had_taken_back_counts_again(office: Office) -> None:
    for name, more in (("q-1", ""), ("q-2", ", withdraws: q-1"), ("q-3", ", withdraws: q-2")):
        spec = QUOTA.replace("2026-01-05", f"2026-0{name[-1]}-05")
        office.write(f"quotas/{name}.yaml", document("UnitQuota", name, spec, more=more))
        office.commit()
    assert [filed.id for filed in office.registry().in_force(UnitQuotaSpec)] == ["q-1", "q-3"]


def test_the_same_commit_reads_the_same_from_the_cache(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    fresh = office.registry()
    filling, cached = (read_commit(office.root, "main") for _ in range(2))
    assert fresh == filling == cached
    (file,) = (tmp_path / "cache/govcloud-broker").iterdir()
    data = file.read_bytes()
    for broken in (b"", data[: len(data) // 2], data.replace(b"health", b"wealth"), b"\x00\xff" * 100, data[::-1]):
        file.write_bytes(broken)
        assert read_commit(office.root, "main") == fresh


def test_what_the_cache_knows_is_read_only_where_a_problem_points_at_it(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    office.write("quotas/b.yaml", document("UnitQuota", "q-b", QUOTA))
    office.commit()
    fresh = read_commit(office.root, "main").filed[-1]
    known = read_commit(office.root, "main").filed[-1]
    assert (fresh.text != b"", known.text) == (True, b"")
    assert known.place("spec.amount") == fresh.place("spec.amount")
    assert known.place("spec.amount").line > 1
