from collections.abc import Callable

import pytest
from hypothesis import given, settings

from broker.ledger.connect import Connection
from tests.fixtures.quota_desk import Desk, LedgerDesk
from tests.fixtures.quota_laws import CASES, LAWS, Case


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_the_counters_obey(law: Callable[[Desk, Case], None], ledger: Connection) -> None:
    @settings(max_examples=20, deadline=None)
    @given(case=CASES)
    def obeys(case: Case) -> None:
        law(LedgerDesk(ledger), case)

    obeys()
