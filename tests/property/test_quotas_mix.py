from collections import Counter

from hypothesis import given, settings

from tests.fixtures.quota_desk import BookDesk
from tests.fixtures.quota_laws import CASES, Case, prepare


def test_the_cases_grant_and_refuse_on_every_level() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=60, deadline=None, database=None, derandomize=True)
    @given(case=CASES)
    def count(case: Case) -> None:
        desk = BookDesk()
        prepare(desk, case)
        for claim in case.claims:
            refusal = desk.claim(claim)
            seen.update(["refused" if refusal else "granted", *(one.account.level.name for one in refusal)])
        seen["keeps idle"] += any(one.used.shortfall(one.keep) for one in desk.accounts().values())

    count()
    assert {name: number for name, number in seen.items() if number < 15} == {}
    assert seen.keys() == {"granted", "refused", "keeps idle", "SYSTEM", "UNIT", "DISTRICT", "CLOUD"}
