"""The rows of `python -m bench stacks` as a table: medians with their spread, ratios to the floor of the same size."""

import json
import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]
HEAD = (
    "| shape | n | tool | runs | create s (least-most) | x floor | ask / again s | destroy s (least-most) | x floor "
    "| calls create / ask / destroy | cloud CPU s create / destroy | x floor | noise |"
)
PHASES = ("create", "ask", "destroy")


def read(file: Path) -> list[Row]:
    """The rows of a file, one line of JSON each."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line]


def table(rows: Iterable[Row]) -> Iterator[str]:
    """Markdown lines. A run with problems is counted and not measured."""
    groups: dict[tuple[str, int, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["shape"], row["n"], row["tool"]].append(row)
    yield HEAD
    yield "|" + "---|" * (HEAD.count("|") - 1)
    for (shape, n, tool), found in sorted(groups.items()):
        good = [row for row in found if not row["problems"]]
        if not good:
            yield f"| {shape} | {n} | {tool} | {len(found)} (0 right) |" + " |" * (HEAD.count("|") - 5)
            continue
        floor = [row for row in groups.get((shape, n, "floor"), []) if not row["problems"]]
        yield _line((shape, str(n), tool), good, len(found), floor)


def _line(head: Sequence[str], good: Sequence[Row], count: int, floor: Sequence[Row]) -> str:
    calls = " / ".join(f"{_median(good, phase, 'calls'):.0f}" for phase in PHASES)
    cloud = " / ".join(f"{_median(good, phase, 'cloud_cpu_s'):.1f}" for phase in ("create", "destroy"))
    cells = (
        *head,
        str(count) if count == len(good) else f"{count} ({len(good)} right)",
        _spread(good, "create"),
        _ratio(good, floor, "create", "wall_s"),
        " / ".join(_asked(good, phase) for phase in ("ask", "again")),
        _spread(good, "destroy"),
        _ratio(good, floor, "destroy", "wall_s"),
        calls,
        cloud,
        _ratio(good, floor, "create", "cloud_cpu_s"),
        f"{statistics.median(_noise(row) for row in good):.2f}",
    )
    return "| " + " | ".join(cells) + " |"


def _median(rows: Sequence[Row], phase: str, measure: str) -> float:
    return float(statistics.median(row[phase][measure] for row in rows))


def _asked(rows: Sequence[Row], phase: str) -> str:
    """In seconds; rows of before were asked about once."""
    found = [row for row in rows if phase in row]
    return f"{_median(found, phase, 'wall_s'):.2f}" if found else "-"


def _spread(rows: Sequence[Row], phase: str) -> str:
    seconds = [row[phase]["wall_s"] for row in rows]
    return f"{statistics.median(seconds):.1f} ({min(seconds):.1f}-{max(seconds):.1f})"


def _ratio(rows: Sequence[Row], floor: Sequence[Row], phase: str, measure: str) -> str:
    return f"{_median(rows, phase, measure) / _median(floor, phase, measure):.2f}" if floor else "-"


def _noise(row: Row) -> float:
    """CPU seconds per second that neither the tool nor the cloud used; the machine has two."""
    used: float = sum(row[phase]["other_cpu_s"] for phase in PHASES)
    return used / float(sum(row[phase]["wall_s"] for phase in PHASES))
