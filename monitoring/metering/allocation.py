"""What was allocated in a span of time, by the ledger's intervals: per resource, to the second, never from samples."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from broker.ledger.intervals import Deployment
from broker.ledger.usage import Usage
from monitoring.metering.facts import Kind
from monitoring.metering.period import Span, span_of, union
from quotas.amount import Amount

_KINDS: Mapping[str, Kind] = {
    "Server": "server",
    "Volume": "volume",
    "Bucket": "bucket",
    "FloatingIp": "public_address",
    "Bandwidth": "bandwidth",
}


@dataclass(frozen=True, slots=True)
class Taken:
    """One resource in the span. It may have been there more than once, and of more than one size."""

    stack: str
    deployment: Deployment
    resource: str
    kind: Kind
    external_id: str
    amount: Amount
    """What it took last."""
    existed: tuple[Span, ...]
    running: tuple[Span, ...]
    amount_s: Mapping[str, int]
    """By head of `Amount`, times seconds; heads of nothing are left out."""

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from all others: stack, logical name, id on the cloud."""
        return self.stack, self.resource, self.external_id


def taken(usages: Iterable[Usage], within: Span) -> tuple[Taken, ...]:
    """Every resource that was there for at least a second, sorted by its key. Open intervals last to the span's end."""
    found: dict[tuple[str, str, str], list[tuple[Span, Usage]]] = {}
    for usage in usages:
        span = span_of(usage.started_at, usage.ended_at, within)
        if span is not None:
            key = (usage.stack, usage.taking.resource, usage.taking.external_id)
            found.setdefault(key, []).append((span, usage))
    return tuple(_taken(sorted(parts, key=lambda part: part[0])) for _, parts in sorted(found.items()))


def summed(parts: Iterable[Taken]) -> dict[tuple[str, str, str, str], dict[str, int]]:
    """Amount-seconds by (unit, system, zone, provider) and head."""
    total: dict[tuple[str, str, str, str], Counter[str]] = {}
    for part in parts:
        total.setdefault(of(part.deployment), Counter()).update(part.amount_s)
    return {key: dict(sorted(heads.items())) for key, heads in sorted(total.items())}


def of(deployment: Deployment) -> tuple[str, str, str, str]:
    """Unit, system, zone, provider."""
    return deployment.unit, deployment.system, deployment.zone, deployment.provider


def _taken(parts: list[tuple[Span, Usage]]) -> Taken:
    last = parts[-1][1]
    amount_s: Counter[str] = Counter()
    for span, usage in parts:
        amount_s.update({head: value * span.seconds for head, value in usage.taking.amount.parts().items()})
    return Taken(
        stack=last.stack,
        deployment=last.deployment,
        resource=last.taking.resource,
        kind=_KINDS[last.taking.type.rsplit(":", 1)[-1]],
        external_id=last.taking.external_id,
        amount=last.taking.amount,
        existed=union(span for span, _ in parts),
        running=union(span for span, usage in parts if usage.taking.running),
        amount_s=dict(sorted(amount_s.items())),
    )
