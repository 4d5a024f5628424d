"""October's reports of a district from draft to delivery by the command line, and what their clocks say."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from broker.clock import SHANGHAI
from broker.ledger import embedded
from tests.acceptance.conftest import subset
from tests.fixtures.report_fonts import report_fonts
from tools.demo import delivery
from tools.demo.history import History
from tools.demo.steps import StepFailed, Walk

__all__ = ["report_fonts"]
CLOSED = "2026-11-02T10:00"


@pytest.fixture
def history(tmp_path: Path) -> History:
    """The district's foundation and one unit's live system, with people of a provider who sign."""
    subset(tmp_path / "examples")
    return History(
        tmp_path / "home" / "registry", tmp_path / "home" / "keys", tmp_path / "examples", signing=delivery.SIGNING
    )


@pytest.fixture
def walk(tmp_path: Path, history: History, report_fonts: tuple[Path, ...]) -> Iterator[Walk]:
    """A deployment whose documents are judged; nothing is on any cloud."""
    assert report_fonts  # they are in the user cache
    home = tmp_path / "home"
    history.advance(datetime.fromisoformat("2026-05-31T12:00").replace(tzinfo=SHANGHAI))
    (home / "broker.toml").write_text(f'trust_root = "{history.trust_root}"\n')
    walk = Walk(home)
    walk.broker("reconcile", "--enqueue", "--as-of", "2026-05-31T12:00")
    yield walk
    embedded.stop(home / "ledger")


def test_confirmed_and_delivered_reports_stop_their_clocks_and_a_missing_one_is_overdue_by_name(
    walk: Walk, history: History, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(StepFailed):  # there are no stores here to be asked
        walk.broker("close-month", delivery.MONTH, "--as-of", CLOSED)
    assert "see docs/settings.md; or close the month without what buckets hold: --no-stores" in capfd.readouterr().err
    walk.broker("close-month", delivery.MONTH, "--no-stores", "--as-of", CLOSED)
    for kind in ("ops", "provider", "intent-summary"):
        walk.broker("report", kind, "--month", delivery.MONTH, "--out", str(tmp_path / "out"), "--as-of", CLOSED)
    assert dict(delivery.states(walk)) == dict.fromkeys(delivery.STATES, "overdue")
    delivery.deliver(walk, history)
    told = " ".join(capfd.readouterr().out.split())
    assert f"provider-{delivery.MONTH}-provider-a-gov-service delivered to gov-service, confirmed by" in told
    assert f"provider-{delivery.MONTH}-provider-b waits for provider-b: not confirmed" in told
    assert f"{delivery.LOOKED_AT} ops-monthly-report {delivery.MONTH} met" in told
    assert f"{delivery.LOOKED_AT} provider-monthly-report provider-b/{delivery.MONTH} overdue" in told
    shown = walk.told("report", "verify", str(tmp_path / "out" / f"ops-{delivery.MONTH}.pdf"))
    assert "confirmed by ops-centre (ops-report-2026-10-ops-centre" in shown
    assert "delivered 2026-11-05T09:00:00+08:00 to cloud-office" in shown
