"""A change is verified from its base on as it is from the first commit on."""

from collections.abc import Callable
from pathlib import Path

import pytest

from broker.registry.authority import authorised, authorised_both
from broker.registry.read import read_change
from tests.unit.broker.registry.office import NOW, REQUEST, Office, approval, document, founded, person

Step = Callable[[Office], object]


def request(name: str) -> Step:
    return lambda o: o.write(
        f"cases/{name}.yaml", document("OnboardingRequest", name, REQUEST % name, by="health-clerk")
    )


def approved(name: str, number: str, *, sign: bool = True, who: str = "office-director") -> Step:
    def step(office: Office) -> None:
        office.write(f"cases/{name}-a.yaml", approval(name, name=f"{name}-a", number=number))
        if sign:
            office.sign(f"cases/{name}-a.yaml", who=who)

    return step


def signed_late(office: Office) -> None:
    office.sign("cases/two-a.yaml")


def replayed(office: Office) -> None:
    office.write("cases/again.sig", (office.root / "cases/one-a.yaml.office-director.sig").read_bytes())


def revoked(office: Office) -> None:
    path = office.write(
        "organisations/keys/revoked.yaml",
        office.key_document("office-reviewer", name="reviewer-key-2", more=", supersedes: office-reviewer-key"),
    )
    office.sign(path)
    office.sign(path, who="office-reviewer")


def renamed(office: Office) -> None:
    path = office.write("organisations/people/head.yaml", person("health-head", more=""))
    office.sign(path)


STEPS: tuple[tuple[str, Step], ...] = (
    ("a request", request("one")),
    ("its approval", approved("one", "RY-2026-011")),
    ("another request", request("two")),
    ("an approval without signature", approved("two", "RY-2026-012", sign=False)),
    ("its signature, too late", signed_late),
    ("a key renewed", revoked),
    ("a person with one signature", renamed),
    ("a third request", request("three")),
    ("an approval by nobody's key", approved("three", "RY-2026-013", who="education-clerk")),
    ("the same number again", approved("three", "RY-2026-011")),
)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> tuple[Office, tuple[str, ...]]:
    office = founded(tmp_path_factory.mktemp("office") / "registry")
    commits = [office.git("rev-parse", "HEAD")]
    for _, step in STEPS:
        step(office)
        commits.append(office.commit())
    return office, tuple(commits)


@pytest.mark.parametrize("base", range(len(STEPS) + 1))
def test_both_are_what_each_is_alone(history: tuple[Office, tuple[str, ...]], base: int) -> None:
    office, commits = history
    for trust_root in (office.trust_root, None, "SHA256:another"):
        before, change = read_change(Path(office.root), commits[base], commits[-1], cached=False)
        assert authorised_both(before, change, trust_root, NOW) == (
            authorised(before, trust_root, NOW),
            authorised(change, trust_root, NOW),
        )


def test_a_change_that_only_adds_has_the_very_documents_of_its_base(history: tuple[Office, tuple[str, ...]]) -> None:
    office, commits = history
    before, change = read_change(Path(office.root), commits[2], commits[3], cached=False)
    assert [id(f) for f in before.filed] == [id(f) for f in change.filed[:-1]]
    assert change.filed[-1].commit == ""
