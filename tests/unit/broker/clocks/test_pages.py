from dataclasses import replace
from pathlib import Path

import pytest

from broker.clocks.clock import WorkingDays
from broker.clocks.pages import clocks
from broker.clocks.table import CLOCKS

PAGE = Path(__file__).parents[4] / "docs" / "clocks.md"


def test_the_published_page_says_what_the_table_says() -> None:
    told = "docs/clocks.md is stale: write `broker.clocks.pages.clocks(CLOCKS)` into it"
    assert PAGE.read_text(encoding="utf-8") == clocks(CLOCKS), told


@pytest.mark.parametrize("name", ["id", "article", "title_zh", "role", "starts", "stops", "expiry", "length"])
def test_no_part_of_a_clock_can_change_without_the_page(name: str) -> None:
    changed = replace(CLOCKS[0], **{name: WorkingDays(9) if name == "length" else "OTHER"})  # type: ignore[arg-type]  # one field at a time
    assert clocks([changed]) != clocks([CLOCKS[0]])
