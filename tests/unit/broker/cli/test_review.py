import json
from datetime import date

from broker.check.lack import Lack, Taken
from broker.check.review import Review
from broker.cli.problems import Format
from broker.cli.review import written


def test_the_day_from_which_a_holder_has_less_is_told_to_machines_too() -> None:
    holder = Taken("hall", 4, date(2026, 12, 31))
    review = Review((), (), (), (), (), lacks=(Lack("unit:health/extranet", "vcpu", 8, 4, 6, (holder,)),))
    (lack,) = json.loads(written(review, Format.JSON))["lacks"]
    assert lack["holders"] == [{"system": "hall", "amount": 4, "until": "2026-12-31"}]
