from importlib.resources import files

import pytest

from broker.ledger.statements import statements

TOPICS = (
    "calls",
    "claims",
    "deliveries",
    "drifts",
    "duties",
    "facts",
    "jobs",
    "journal",
    "leases",
    "months",
    "refill",
    "rounds",
    "stacks",
    "usage",
)


def test_every_topic_has_its_file() -> None:
    found = {entry.name for entry in files("broker.ledger").joinpath("sql").iterdir() if entry.name.endswith(".sql")}
    assert found == {f"{topic}.sql" for topic in TOPICS}


@pytest.mark.parametrize("topic", TOPICS)
def test_every_statement_is_one_statement_without_its_heading(topic: str) -> None:
    for name, text in statements(topic).items():
        assert text.endswith(";"), name
        assert text.count(";") == 1, name
        assert "--" not in text, name
