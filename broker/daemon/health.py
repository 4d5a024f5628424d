"""What `/healthz` tells: how each duty last ended, and whether somebody has to act."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from broker.daemon.tasks import HOST
from broker.ledger.duties import Ended


def health(duties: Iterable[Ended], now: datetime) -> tuple[bool, Mapping[str, Any]]:
    """Whether all is well, and one line per duty. A git host that is away is told and is no fault of the daemon."""
    ended = tuple(duties)
    well = all(one.ok for one in ended if one.name != HOST)
    return well, {"ok": well, "ledger": "answers", "duties": {one.name: _told(one, now) for one in ended}}


def _told(one: Ended, now: datetime) -> Mapping[str, Any]:
    told = {
        "ok": one.ok,
        "told": one.told,
        "ago_s": round((now - one.at).total_seconds()),
        "since": one.since.isoformat(),
    }
    return told | ({"next_at": one.next_at.isoformat()} if one.next_at else {})
