"""Which acts a run carries out: those of the documents that no run on its stack has brought about yet. Pure."""

from collections.abc import Iterable
from dataclasses import replace

from broker.documents.records import Provisioned
from broker.plan.target import Target
from broker.registry.acts import act_of
from broker.registry.filed import Registry


def with_acts(targets: Iterable[Target], registry: Registry) -> tuple[Target, ...]:
    """The targets, each with the acts that its run carries out, the oldest first."""
    brought = {(r.stack, name) for r in registry.records if isinstance(r, Provisioned) for name in r.documents}
    return tuple(replace(target, acts=_new(target, brought, registry)) for target in targets)


def _new(target: Target, brought: set[tuple[str, str]], registry: Registry) -> tuple[str, ...]:
    new = (registry.get(name) for name in target.documents if (target.stack, name) not in brought)
    acts = (act_of(filed.spec, registry) for filed in new if filed is not None)
    return tuple(dict.fromkeys(act for act in acts if act))
