"""The month's `UtilisationFacts` as papers to be signed: what a system used in a zone, per cent of what it has."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

import yaml

from broker.documents.envelope import API_VERSION
from broker.documents.reporting import UtilisationFactsSpec
from monitoring.metering.facts import MonthFacts, Statistic, SystemFacts

_PER_CENT = 100
_LONGEST_ID = 48


@dataclass(frozen=True, slots=True)
class Paper:
    """One file of the registry."""

    path: str
    text: str


def papers(facts: MonthFacts, filed_by: str, filed_on: date) -> tuple[Paper, ...]:
    """One paper for each system and zone of which CPU and memory are known; 数据不足 makes no paper."""
    return tuple(_papers(facts, filed_by, filed_on))


def _papers(facts: MonthFacts, filed_by: str, filed_on: date) -> Iterator[Paper]:
    for system in facts.systems:
        cpu, memory = system.statistics["cpu"], system.statistics["memory"]
        if cpu.sufficient and memory.sufficient:
            id_ = id_of(f"uf-{facts.month}-{system.system}-{system.zone}")
            content = {
                "apiVersion": API_VERSION,
                "kind": UtilisationFactsSpec.kind,
                "metadata": {"id": id_, "filed_on": filed_on.isoformat(), "filed_by": filed_by},
                "spec": _spec(facts.month, system, cpu, memory),
            }
            text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
            head = f"# 资源使用情况 {facts.month}，取自当月冻结数据，采集覆盖率 {cpu.coverage:.1%}\n"
            yield Paper(f"{UtilisationFactsSpec.folder}/{id_}.yaml", head + text)


def _spec(month: str, system: SystemFacts, cpu: Statistic, memory: Statistic) -> dict[str, object]:
    return {
        "system": system.system,
        "zone": system.zone,
        "month": month,
        "cpu_mean_percent": _percent(cpu.mean),
        "cpu_p95_percent": _percent(cpu.p95),
        "memory_mean_percent": _percent(memory.mean),
        "memory_p95_percent": _percent(memory.p95),
        "samples": min(cpu.samples, memory.samples),
    }


def id_of(text: str) -> str:
    """The text as an id; one that is too long is cut and told from others by what it was."""
    return text if len(text) <= _LONGEST_ID else f"{text[:39].rstrip('-')}-{sha256(text.encode()).hexdigest()[:8]}"


def _percent(ratio: float | None) -> int:
    return min(round((ratio or 0.0) * _PER_CENT), _PER_CENT)
