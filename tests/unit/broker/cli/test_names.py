"""A name that nothing has is an error that tells the names there are; one with nothing to show says so in words."""

import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from broker.engine.binary import VERSION
from tests.fixtures.chancery import CLERK, DIRECTOR, Chancery

PUB = "{keys}/office-director.pub"
KEY = "{keys}/office-director"
IN = ("--registry", "{root}")
PAPER = "{root}/cases/booking-request/request.yaml"
YES = ("--approve", "--number", "RY-2026-011")
AS_NOBODY = ("--as", "ofice-clerk")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("quota", "show", "helth", *IN), "no account with this in its name: helth; there are"),
        (("keys", "list", "{root}", "--person", "ofice-clerk"), "no person ofice-clerk; there are office-clerk,"),
        (("clocks", "{root}", "--party", "helth"), "no role, organisation, unit or provider helth; there are"),
        (("case", "bookin-request", *IN), "no request, form or plan bookin-request; there are booking-request,"),
        (("case", "cases/bookin", *IN), "no case folder cases/bookin; there are cases/booking-request,"),
        (("desk", "--as", "ofice-clerk", *IN, "--no-browser"), "no person ofice-clerk; there are office-clerk,"),
        (("verify", "{root}", "--document", "helth"), "no well-formed document helth; there are"),
        (("decide", "booking-request", *AS_NOBODY, *YES, *IN), "no person ofice-clerk;"),
        (
            ("decide", "booking-request", "--as", CLERK, *YES, *IN, "--sign-as", "ofice-director", "--key", KEY),
            "no person ofice-director; there are office-director,",
        ),
        (("decide", "bookin-request", "--as", CLERK, *YES, *IN), "there are booking-request,"),
        (("assign", "booking-request", *AS_NOBODY, *IN), "no person ofice-clerk;"),
        (("assign", "bookin-request", "--as", CLERK, *IN), "form or plan bookin-request; there are booking-request,"),
        (("withdraw", "bookin-form", "--as", CLERK, "--reason", "x", *IN), "no form bookin-form"),
        (("sign", PAPER, *AS_NOBODY, "--role", "cloud_office", "--key", KEY), "no person ofice-clerk;"),
        (("keys", "register", "helth-clerk", PUB, "--as", CLERK, *IN), "no person helth-clerk;"),
        (("keys", "rotate", "ofice-director", PUB, "--as", CLERK, *IN), "no person ofice-director;"),
        (("keys", "revoke", "ofice-director", "--reason", "x", "--as", CLERK, *IN), "no person ofice-director;"),
        (("keys", "revoke", DIRECTOR, "--reason", "x", *AS_NOBODY, *IN), "no person ofice-clerk;"),
        (("keys", "appoint", DIRECTOR, "--role", "unit", *AS_NOBODY, *IN), "no person ofice-clerk;"),
        (("keys", "dismiss", "ofice-director", "--role", "unit", "--as", CLERK, *IN), "no person ofice-director;"),
        (("schema", "Unti"), "no kind Unti; there are"),
        (("new", "Unti"), "no kind Unti; there are"),
    ],
)  # fmt: skip
def test_a_name_that_nothing_has_is_told_with_those_that_there_are(
    office: Chancery, words: tuple[str, ...], told: str
) -> None:
    places = {"root": str(office.root), "keys": str(office.folder / "keys")}
    before = set(office.root.rglob("*"))
    code, said = office.broker(*(word.format(**places) for word in words))
    assert (code, told in " ".join(said.replace("│", " ").split())) == (2, True), said
    assert set(office.root.rglob("*")) == before


def test_a_known_name_with_nothing_to_show_says_so(office: Chancery) -> None:
    office.file("organisations/parks.yaml", "Unit", "parks", {"name_zh": "区园林局", "unit_kind": "administrative"})
    assert office.did("quota", "show", "parks", "--registry", office.root) == (
        "nothing was granted to unit:parks/extranet, and nothing is held\n"
    )
    assert (
        office.did("clocks", office.root, "--party", "finance_department")
        == "no deadline of finance_department ever began\n"
    )


def test_a_case_is_shown_by_its_folder_and_by_a_file_in_it(office: Chancery, monkeypatch: pytest.MonkeyPatch) -> None:
    by_id = office.did("case", "booking-request", "--registry", office.root)
    folder = office.root / "cases" / "booking-request"
    for asked in (
        folder,
        f"{folder}/",
        folder / "request.yaml",
        "cases/booking-request",
        "cases/booking-request/request.yaml",
    ):
        assert office.did("case", asked, "--registry", office.root) == by_id
    monkeypatch.chdir(folder)
    assert office.did("case", "request.yaml", "--registry", office.root) == by_id


def test_a_decision_in_the_folder_stands_for_its_case(office: Chancery) -> None:
    decision = office.decided("cases/booking-request", *YES)
    assert office.did("case", decision, "--registry", office.root).startswith("booking-request  pending")


def test_the_version_names_the_package_and_the_pulumi_cli_that_it_wants() -> None:
    done = subprocess.run([sys.executable, "-m", "broker", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"broker {metadata.version('govcloud-broker')}, for the Pulumi CLI {VERSION}\n"
    page = Path(__file__).parents[4].joinpath("docs", "commands.md").read_text(encoding="utf-8")
    assert "| `--version` |" in page
