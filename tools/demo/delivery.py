"""October's reports on their way: confirmed by the parties whose they are, handed over, and what their clocks say then.

甲云公司 and the operations department confirm theirs; 乙云公司 does not, so that its reports become overdue by name.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

from tools.demo.history import History
from tools.demo.steps import StepFailed, Walk

MONTH: Final = "2026-10"
CONFIRMED: Final = "2026-11-04T15:00"
DELIVERED: Final = "2026-11-05T09:00"
LOOKED_AT: Final = "2026-11-09T09:00"
"""The first working day after the last day for reports of October (five working days, to 6 November)."""
CONFIRMING: Final = (
    ("ops", "ops-centre", "ops-director"),
    ("provider", "provider-a", "provider-a-operator"),
    ("intent-summary", "provider-a", "provider-a-operator"),
)
"""Kind, party, and who of the party signs."""
SIGNING: Final = ("provider-a-operator",)
"""Who signs beside those of the decisions."""
STATES: Final = {
    ("ops-monthly-report", MONTH): "met",
    ("provider-monthly-report", f"provider-a/{MONTH}"): "met",
    ("monthly-intent-summary", f"provider-a/{MONTH}"): "met",
    ("provider-monthly-report", f"provider-b/{MONTH}"): "overdue",
    ("monthly-intent-summary", f"provider-b/{MONTH}"): "overdue",
}
"""How the clocks of C-7(五), C-9(二) and C-13 must stand, by clock and subject."""
_SHANGHAI: Final = timezone(timedelta(hours=8))


def deliver(walk: Walk, history: History) -> None:
    """Nothing; what was confirmed is in its recipients' hands, and the clocks say so.

    Raises:
        StepFailed: A clock stands otherwise than it must.
    """
    folder = walk.home / "confirmations"
    for kind, party, person in CONFIRMING:
        walk.broker(*("report", "confirm", kind, "--month", MONTH, "--party", party, "--as", person),
                    *("--registry", str(folder), "--as-of", CONFIRMED))  # fmt: skip
    at = datetime.fromisoformat(CONFIRMED).replace(tzinfo=_SHANGHAI)
    for path in sorted(folder.rglob("*.yaml")):
        history.file_paper(str(path.relative_to(folder)), path.read_text(encoding="utf-8"), at)
        path.unlink()  # it is in the registry now; a walk that was interrupted writes it anew
    print(f"     {len(CONFIRMING)} confirmations signed by their parties and merged", flush=True)
    walk.broker("report", "deliver", "--as-of", DELIVERED)
    told = dict(states(walk))
    for (clock, subject), state in told.items():
        print(f"     {LOOKED_AT}  {clock:<24}  {subject:<20}  {state}", flush=True)
    if told != STATES:
        raise StepFailed(f"the clocks of the monthly reports stand at {told}, not at {STATES}")


def states(walk: Walk) -> Iterator[tuple[tuple[str, str], str]]:
    """How each of the clocks stands, by clock and subject."""
    registry = Path(walk.home) / "registry"
    listed = walk.plain("clocks", str(registry), "--as-of", LOOKED_AT, "--all", "--json")
    for line in listed.splitlines():
        one: dict[str, Any] = json.loads(line)
        if (key := (one["clock"], one["subject"])) in STATES:
            yield key, one["state"]
