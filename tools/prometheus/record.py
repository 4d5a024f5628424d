"""What recording rules would have left of a past that a Prometheus holds: blocks beside those of the past.

promtool does this too, with a block of two hours for each rule: a month of thirty rules is ten thousand blocks.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final, TextIO

from tools.load.history import BLOCK_S, made
from tools.prometheus import server
from tools.prometheus.ask import ask
from tools.prometheus.packages import ensure

Group = Mapping[str, Any]
_AT_ONCE: Final = 2
_LENGTHS: Final = {"s": 1, "m": 60, "h": 3600}


def record(  # noqa: PLR0913, PLR0917 - the parts of a past
    folder: Path,
    configuration: Path,
    groups: Iterable[Group],
    start_s: int,
    end_s: int,
    options: tuple[str, ...] = (),
    block_s: int = BLOCK_S,
) -> None:
    """Nothing; the data in `folder` have what the groups record, each at its own interval.

    Groups go one after the other: what one makes of another's results comes after it. `options` are Prometheus' own.

    Raises:
        ValueError: Prometheus refuses a rule.
        subprocess.CalledProcessError: promtool refuses what was recorded; what it said is its output.
    """
    data = folder / "data"
    for group in groups:
        step_s = seconds(str(group["interval"]))
        asked = {"start": -(-start_s // step_s) * step_s, "end": end_s - 1, "step": step_s}
        with server.running(folder, configuration, options=options) as url, contextlib.ExitStack() as open_files:
            files: dict[Path, TextIO] = {}
            for at_s, line in (told for rule in group["rules"] for told in _recorded(url, rule, asked)):
                path = data / f"recorded-{at_s // block_s}.txt"
                if path not in files:
                    files[path] = open_files.enter_context(path.open("w", encoding="utf-8"))
                files[path].write(line)
            for file in files.values():
                file.write("# EOF\n")
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            list(threads.map(partial(made, ensure() / "usr/bin/promtool", data, block_s), sorted(files)))


def seconds(text: str) -> int:
    """The seconds of a length such as `5m`."""
    return int(text[:-1]) * _LENGTHS[text[-1]]


def _recorded(url: str, rule: Mapping[str, Any], asked: Mapping[str, int]) -> Iterator[tuple[int, str]]:
    """Instant and line of each sample."""
    for one in ask(url, "query_range", {"query": rule["expr"], **asked}):
        labels = {k: v for k, v in one["metric"].items() if k != "__name__"} | rule.get("labels", {})
        written = ",".join(f'{label}="{_escaped(value)}"' for label, value in sorted(labels.items()))
        for at, value in one["values"]:
            yield int(at), f"{rule['record']}{{{written}}} {value} {int(at)}\n"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
