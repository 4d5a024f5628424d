"""People, roles and keys by the command line; what two of the office must sign is in test_forgeries."""

from datetime import timedelta

import pytest
import yaml

from broker.papers import read
from tests.fixtures.chancery import CLERK, DIRECTOR, OFFICE, REVIEWER, Chancery


def test_a_registered_key_says_whose_it_is_and_from_when_until_when(office: Chancery) -> None:
    office.made(CLERK)
    public = office.key(CLERK).with_suffix(".pub")
    public.write_text(public.read_text().strip() + " clerk@laptop\n")
    times = ("--valid-from", "2030-01-01T09:00", "--valid-until", "2031-01-01T00:00")
    paper = office.keys("register", CLERK, public, "--as", "health-head", *times)
    spec = yaml.safe_load(paper.read_text())["spec"]
    assert spec["valid_from"] == "2030-01-01T09:00:00+08:00"
    assert spec["valid_until"] == "2031-01-01T00:00:00+08:00"
    assert "laptop" not in paper.read_text()


def test_the_list_says_how_each_key_and_role_stands(office: Chancery) -> None:
    last = str(office.today + timedelta(days=30))
    first = str(office.today + timedelta(days=10))
    paper = office.keys("appoint", "finance-head", "--role", "unit", "--as", CLERK, "--organisation", "health",
                        "--first", first, "--last", last)  # fmt: skip
    office.sign(paper, DIRECTOR, REVIEWER)
    office.merge()
    said = office.did("keys", "list", office.root, "--person", "finance-head")
    assert f"{first} – {last}  not yet" in said
    assert "in force" in office.did("keys", "list", office.root, "--person", DIRECTOR)


def test_a_key_that_nobody_signed_for_is_not_listed(office: Chancery) -> None:
    office.keys("register", CLERK, office.made(CLERK), "--as", "health-head")
    assert "key to" not in office.did("keys", "list", office.root, "--person", CLERK)


def test_a_role_ends_after_its_last_day_and_the_person_stays(office: Chancery) -> None:
    paper = office.keys("dismiss", REVIEWER, "--role", OFFICE, "--as", CLERK, "--last", str(office.today))
    office.sign(paper, DIRECTOR, REVIEWER)
    office.merge()
    code, said = office.verify()
    assert code == 0, said
    roles = yaml.safe_load(paper.read_text())
    assert roles["metadata"]["supersedes"] == REVIEWER
    assert roles["spec"]["roles"][0]["valid_until"] == str(office.today)
    again = office.keys("appoint", REVIEWER, "--role", OFFICE, "--as", CLERK, "--first",
                        str(office.today + timedelta(days=1)))  # fmt: skip
    assert len(yaml.safe_load(again.read_text())["spec"]["roles"]) == 2


def test_a_revocation_keeps_the_key_and_ends_it(office: Chancery) -> None:
    paper = office.keys("revoke", REVIEWER, "--as", CLERK, "--reason", "私钥遗失")
    document = yaml.safe_load(paper.read_text())
    assert document["metadata"]["supersedes"] == f"key-{REVIEWER}"
    assert document["metadata"]["note"] == "私钥遗失"
    assert document["spec"]["valid_until"] > document["spec"]["valid_from"]


def test_a_key_to_receive_is_another_key(office: Chancery) -> None:
    public = office.folder / "receive.pub"
    public.write_text("age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p\n")
    paper = office.keys("register", DIRECTOR, public, "--receive", "--as", CLERK)
    assert yaml.safe_load(paper.read_text())["spec"]["purpose"] == "receive"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("register", "nobody", "{pub}", "--as", CLERK), "there is no person nobody"),
        (("register", DIRECTOR, "{pub}", "--as", CLERK), "has the key key-office-director"),
        (("register", CLERK, "{root}/README.md", "--as", DIRECTOR), "README.md"),
        (("register", CLERK, "{key}", "--as", DIRECTOR), "no public key"),
        (("rotate", CLERK, "{pub}", "--as", DIRECTOR), "no key to sign"),
        (("rotate", DIRECTOR, "{pub}", "--as", CLERK), "this very key"),
        (("revoke", CLERK, "--as", DIRECTOR, "--reason", "x"), "no key to sign"),
        (("revoke", DIRECTOR, "--as", CLERK, "--reason", "x", "--at", "2001-01-01T00:00"), "holds only from"),
        (("appoint", "new", "--role", "unit", "--as", CLERK), "--organisation"),
        (("appoint", CLERK, "--role", OFFICE, "--as", DIRECTOR), "is cloud_office from"),
        (("appoint", CLERK, "--role", "mayor", "--as", DIRECTOR), "mayor"),
        (("appoint", CLERK, "--role", OFFICE, "--as", DIRECTOR, "--organisation", "health"), "another id"),
        (
            ("appoint", "n", "--role", "unit", "--as", CLERK, "--first", "2030-02-01", "--last", "2030-01-01"),
            "before it",
        ),
        (("dismiss", CLERK, "--role", "unit", "--as", DIRECTOR), "does not hold"),
        (("dismiss", "nobody", "--role", "unit", "--as", DIRECTOR), "no person nobody"),
    ],
)
def test_what_cannot_be_written_is_said_and_nothing_is_written(
    office: Chancery, words: tuple[str, ...], told: str
) -> None:
    places = {"pub": office.key(DIRECTOR).with_suffix(".pub"), "key": office.key(DIRECTOR), "root": office.root}
    code, said = office.broker("keys", *(word.format(**places) for word in words), "--registry", office.root)
    assert code == 2
    assert told in said
    assert office.git("status", "--porcelain") == ""


def test_an_id_that_is_taken_gets_a_number(office: Chancery) -> None:
    for _ in range(3):
        public = office.made("next")
        office.sign(office.keys("rotate", REVIEWER, public, "--as", CLERK), DIRECTOR, REVIEWER)
        office.merge()
        for half in (office.key("next"), public):
            half.replace(half.with_name(half.name.replace("next", REVIEWER)))
    assert {f"key-{REVIEWER}-{n}" for n in (2, 3, 4)} <= {filed.id for filed in read(office.root)}
    assert office.verify()[0] == 0
