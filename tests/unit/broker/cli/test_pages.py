from dataclasses import fields
from pathlib import Path

from broker.cli.pages import commands
from broker.settings import PREFIX, Settings
from monitoring.cli import app

DOCS = Path(__file__).parents[4] / "docs"


def test_the_page_of_commands_is_what_the_commands_say() -> None:
    assert (DOCS / "commands.md").read_text(encoding="utf-8") == commands(app)


def test_every_argument_and_option_says_what_it_means() -> None:
    rows = [line for line in commands(app).splitlines() if line.startswith("| `")]
    assert rows
    assert [row for row in rows if row.endswith("|  |")] == []


def test_every_setting_is_documented_with_its_variable() -> None:
    page = (DOCS / "settings.md").read_text(encoding="utf-8")
    for setting in fields(Settings):
        if setting.name != "home":
            assert f"`{setting.name}`" in page
            assert f"`{PREFIX}{setting.name.upper()}`" in page
