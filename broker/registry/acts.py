"""The act that a document is part of: one id over consent, jobs and notice (C-17). Pure."""

from broker.documents.envelope import Spec
from broker.documents.operation import HarmInterruptionOrderSpec, ServiceRestorationSpec
from broker.registry.filed import Registry


def act_of(spec: Spec, registry: Registry) -> str:
    """The id of the act: an interruption for harm names it, its restoration ends the same one; empty: no act."""
    match spec:
        case HarmInterruptionOrderSpec():
            return spec.act
        case ServiceRestorationSpec():
            order = registry.get(spec.order)
            return act_of(order.spec, registry) if order else ""
        case _:
            return ""
