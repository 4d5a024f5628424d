"""A past of known loads in a Prometheus: blocks written by promtool side by side, one file of text for each block.

promtool reads a whole file anew for each block that it makes of it: a month in one file does not end.
"""

import math
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Final

from tools.load.curve import Curve

BLOCK_S: Final = 18 * 3600
"""The largest block below a day whose size is one of Prometheus' own: 2 h times a power of 3."""
WEEK_BLOCK_S: Final = 162 * 3600
"""The next but one: for few series, of which a block costs more than its samples."""
RATE_S: Final = 300


class Value(StrEnum):
    """What a series tells of its curve."""

    COUNTER = "counter"
    """The integral so far."""
    RATE = "rate"
    """The mean of the last five minutes, as `rate(…[5m])` of the exact counter gives it."""
    LEVEL = "level"
    """The load of the moment."""
    STATE = "state"
    """1, and 0 while it is gone: what a probe tells."""


@dataclass(frozen=True, slots=True)
class Series:
    """One series: name, labels as they are written, and its value as a multiple of a curve's."""

    name: str
    labels: str
    curve: Curve
    value: Value
    scale: float = 1.0
    gone: tuple[tuple[int, int], ...] = ()
    """Times, in seconds since 1970, in which it is not told; a state is told as 0."""


def write(  # noqa: PLR0913, PLR0917 - the parts of a past
    promtool: Path,
    data: Path,
    series: Iterable[Series],
    start_s: int,
    end_s: int,
    step_s: int,
    *,
    at_once: int = 2,
    block_s: int = BLOCK_S,
) -> None:
    """Nothing; `data` has blocks with a sample of each series every `step_s` from `start_s` to before `end_s`.

    Raises:
        subprocess.CalledProcessError: promtool refuses; what it said is its output.
    """
    data.mkdir(parents=True, exist_ok=True)
    first, last = start_s // block_s, math.ceil(end_s / block_s)
    spans = [(max(n * block_s, start_s), min((n + 1) * block_s, end_s)) for n in range(first, last)]
    block = partial(_block, promtool, data, tuple(series), step_s, block_s)
    with ProcessPoolExecutor(at_once) as processes:
        list(processes.map(block, spans))


def _block(  # noqa: PLR0913, PLR0917 - the parts of a block
    promtool: Path, data: Path, series: tuple[Series, ...], step_s: int, block_s: int, span: tuple[int, int]
) -> None:
    file = data / f"{span[0]}.txt"
    with file.open("w", encoding="utf-8") as out:
        out.writelines(lines(series, range(-(-span[0] // step_s) * step_s, span[1], step_s)))
    made(promtool, data, block_s, file)


def made(promtool: Path, data: Path, block_s: int, file: Path) -> None:
    """Nothing; the block of a file of text, no longer than that, is in `data`, the file is gone.

    Raises:
        subprocess.CalledProcessError: promtool refuses; what it said is its output.
    """
    command: list[str | Path] = [
        promtool,
        "tsdb",
        "create-blocks-from",
        "--quiet",
        f"--max-block-duration={block_s}s",
        "openmetrics",
        file,
        data,
    ]
    subprocess.run(command, check=True, capture_output=True)
    file.unlink()


def lines(series: tuple[Series, ...], instants: range) -> Iterator[str]:
    """The text of the series at the instants, as promtool reads it."""
    families: dict[str, list[Series]] = defaultdict(list)
    for one in series:
        families[one.name].append(one)
    for name, members in families.items():
        kind = "counter" if members[0].value is Value.COUNTER else "gauge"
        yield f"# TYPE {name.removesuffix('_total')} {kind}\n"
        # many servers share a curve: its value is worked out once for all of them
        groups: dict[tuple[Curve, float, tuple[tuple[int, int], ...]], list[str]] = defaultdict(list)
        for one in members:
            groups[one.curve, one.scale, one.gone].append(f"{name}{{{one.labels}}} ")
        for t_s in instants:
            for (curve, scale, gone), heads in groups.items():
                away = any(start <= t_s < end for start, end in gone)
                if members[0].value is Value.STATE:
                    tail = f"{int(not away)} {t_s}\n"
                elif away:
                    continue
                else:
                    tail = f"{_at(curve, members[0].value, t_s) * scale:.15g} {t_s}\n"
                yield "".join([head + tail for head in heads])
    yield "# EOF\n"


def _at(curve: Curve, value: Value, t_s: int) -> float:
    match value:
        case Value.COUNTER:
            return curve.integral(t_s)
        case Value.RATE:
            return curve.mean(t_s - RATE_S, t_s)
        case _:
            return curve.at(t_s)
