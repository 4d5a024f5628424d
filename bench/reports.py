"""How long the reports of a large district take: 200 units, each with its own cut, in four formats.

    .venv/bin/python -m bench.reports [UNITS]

The facts are those of the demo district's October, once for every unit: two systems and twelve servers each. Timed is
all that `broker report provider` does once the month was read: cut, paper, four formats, files in an attachment store.
"""

import json
import resource
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from broker.attachments.store import FolderStore
from broker.documents.issuing import ReportIssued
from broker.ledger.months import ClosedMonth
from broker.registry.filed import Registry
from monitoring.metering.facts import MonthFacts, digest_of, written
from monitoring.reports.desk import Desk, issue
from monitoring.reports.formats.pdf import press
from tests.unit.monitoring.metering.month import OCTOBER, registry
from tests.unit.monitoring.reports.october import CLOSED_AT, filed, october, papers_of_october
from tools.fonts.packages import ensure

_OF: Final = "gov-service"
_PROVIDER: Final = "provider-a"


def district(units: int) -> tuple[Registry, MonthFacts]:
    """The demo district and so many units more, each as large as the one that has most systems."""
    facts = october()
    extra: list[dict[str, Any]] = []
    grown: dict[str, list[Any]] = {name: list(getattr(facts, name)) for name in ("systems", "resources", "costs")}
    for n in range(units):
        unit = f"unit-{n:03d}"
        extra.append(
            filed("Unit", unit, {"name_zh": f"区属单位{n:03d}", "unit_kind": "administrative"}, on="2020-01-02")
        )
        for system in sorted({s.system for s in facts.systems if s.unit == _OF}):
            extra += _onboarded(unit, system)
        for name, lines in grown.items():
            lines += [_moved(line, unit) for line in getattr(facts, name) if line.unit == _OF]
    changed: dict[str, Any] = {name: tuple(lines) for name, lines in grown.items()}
    return registry((*papers_of_october(), *extra)), replace(facts, **changed)


def _onboarded(unit: str, system: str) -> list[dict[str, Any]]:
    request = {
        "system": f"{system}-{unit}",
        "unit": unit,
        "name_zh": f"业务系统{system}",
        "purpose": "办事",
        "provider": _PROVIDER,
        "state_secret": False,
        "mlps": {"grade": 2},
        "importance": "low",
        "dr_class": "none",
        "wanted_from": "2020-02-01",
        "zones": [{"zone": "extranet", "tiers": [], "bandwidth_mbps": 10}],
    }
    live = {"system": f"{system}-{unit}", "live_from": "2020-03-01"}
    by = f"{unit}-clerk"
    return [
        filed("OnboardingRequest", f"{system}-{unit}-request", request, on="2020-01-03", by=by),
        filed("GoLive", f"{system}-{unit}-live", live, on="2020-02-28"),
    ]


def _moved(line: Any, unit: str) -> Any:
    changed = {"unit": unit, "system": f"{line.system}-{unit}", "provider": _PROVIDER}
    if hasattr(line, "unit_name"):
        changed["unit_name"] = f"区属单位{unit[-3:]}"
    if hasattr(line, "external_id"):
        changed["external_id"] = f"{line.external_id}/{unit}"
    return replace(line, **changed)


def measured(units: int) -> dict[str, Any]:
    """One line of figures."""
    around, facts = district(units)
    kept = ClosedMonth(str(OCTOBER), digest_of(facts), written(facts), CLOSED_AT)
    fonts, issued = ensure(), list[ReportIssued]()
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(
            registry=around,
            closed=lambda month: kept if month == kept.month else None,
            store=FolderStore(Path(folder)),
            record=issued.extend,
            press=lambda: press(fonts),
            clock=lambda: CLOSED_AT,
        )
        begun, cpu = time.monotonic(), time.process_time()
        sizes = [sum(map(len, done.files.values())) for done in issue(desk, "provider", OCTOBER, _PROVIDER)]
        seconds, spent = time.monotonic() - begun, time.process_time() - cpu
    return {
        "units": units,
        "reports": len(issued),
        "files": sum(len(one.files) for one in issued),
        "seconds": round(seconds, 1),
        "cpu_s": round(spent, 1),
        "largest_mb": round(max(sizes) / 1e6, 2),
        "all_mb": round(sum(sizes) / 1e6, 1),
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


if __name__ == "__main__":
    print(json.dumps(measured(int(sys.argv[1]) if len(sys.argv) > 1 else 200)))
