from collections.abc import Callable

import pytest
from hypothesis import given, settings

from tests.fixtures.quota_desk import BookDesk, Desk
from tests.fixtures.quota_laws import CASES, LAWS, Case


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_the_book_obeys(law: Callable[[Desk, Case], None]) -> None:
    @settings(max_examples=80, deadline=None)
    @given(case=CASES)
    def obeys(case: Case) -> None:
        law(BookDesk(), case)

    obeys()
