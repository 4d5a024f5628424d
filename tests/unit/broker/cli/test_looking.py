from datetime import UTC, datetime

from broker.cli.looking import age_text, event_lines
from broker.ledger.events import Happened

AT = datetime(2026, 6, 1, 1, 2, 3, tzinfo=UTC)


def test_an_event_is_told_with_its_time_in_shanghai_its_run_and_what_it_was() -> None:
    lines = (
        Happened("hall", 7, AT, "done", {"op": "create", "resource": "server-web-1", "changes": []}),
        Happened("hall", 7, AT, "error", {"resource": "server-web-1", "message": "no room"}),
    )
    assert list(event_lines(lines)) == [
        "2026-06-01 09:02:03  run 7     done       create  server-web-1",
        "2026-06-01 09:02:03  run 7     error      server-web-1  no room",
    ]


def test_an_age_is_told_in_its_largest_whole_unit() -> None:
    assert [age_text(s) for s in (0, 59, 60, 3_599, 3_600, 86_400 * 3 + 5)] == [
        "0 s",
        "59 s",
        "1 min",
        "59 min",
        "1 h",
        "3 d",
    ]
