"""Each tool makes the workload, is asked about it and takes it away, one after the other on the same cloud."""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.cloud import Cloud, census, wanted
from bench.measure import Phase, phase
from bench.proxy import Proxy
from bench.tools import BY_NAME, Product, built_project
from bench.workload import Shape, Workload, new

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bench:
    """The sandbox and the proxy before it."""

    cloud: Cloud
    proxy: Proxy

    def rounds(self, tools: Sequence[str], sizes: Sequence[int], shape: Shape, count: int) -> Iterator[Row]:
        """One row per run, the tools in turn: never one after the other in blocks, since the machine's load changes."""
        for number in range(count):
            first = number % len(tools)
            for servers in sizes:
                for name in (*tools[first:], *tools[:first]):
                    yield {"round": number, **run(name, new(servers, shape), self)}


def run(name: str, workload: Workload, bench: Bench) -> Row:
    """What one tool took for one workload. `problems`: what the cloud held that it should not, or did not hold."""
    cloud, proxy = bench.cloud, bench.proxy
    row: dict[str, Any] = {"tool": name, "n": workload.servers, "shape": workload.shape.value, "problems": []}
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as kept:
        folder = Path(kept) / workload.name
        tool = BY_NAME[name](workload, folder, cloud, proxy)
        log = folder / "log"

        def timed(what: str, command: Sequence[str]) -> None:
            took: Phase = phase(command, tool.environment, log, cloud.layout.run, proxy)
            row[what] = asdict(took)
            if not took.ok:
                tail = log.read_text(encoding="utf-8", errors="replace")[-2000:]
                row["problems"].append(f"{what} failed: {tail}")

        try:
            timed("create", tool.create)
            project = built_project(tool, cloud, workload)
            have = census(cloud, project) if project else {}
            row["problems"] += [f"{k}: {have.get(k)} for {v}" for k, v in wanted(workload).items() if have.get(k) != v]
            timed("ask", tool.ask)
            timed("again", tool.ask)
            if isinstance(tool, Product):
                timed("unchanged", tool.unchanged)
            tool.before_destroy()
            timed("destroy", tool.destroy)
            row["problems"] += _left(tool.project, project, cloud)
        finally:
            tool.close()
    return row


def _left(own: str | None, project: str | None, cloud: Cloud) -> list[str]:
    """What is still there of a peer's workload; the product's project goes with its stack."""
    if own:
        return [f"{kind}: {count} left" for kind, count in census(cloud, own).items() if count]
    there = project and cloud.admin.identity.get(f"/projects/{project}").ok
    return ["the project is still there"] if there else []


def written(row: Row) -> str:
    """The row as one line of JSON."""
    return json.dumps(row, ensure_ascii=False)
