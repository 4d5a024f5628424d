"""The rules that every stack must keep, as a Pulumi policy pack for a plain run.

    pulumi preview --policy-pack stacks/plugin/pulumi-policy-govcloud

The broker's own runs and the plain program apply the same rules before anything is registered (`stacks.program.build`);
the pack applies them to what the engine is about to hold, whatever program registered it.
"""

from collections.abc import Mapping
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyPack,
    ReportViolation,
    StackValidationArgs,
    StackValidationPolicy,
)

from policies.catalogue import RULES
from policies.evaluate import evaluate
from policies.facts import Subject
from policies.rule import Rule
from stacks.guard import Seen, facts

OURS = "govcloud:"


def main() -> None:
    """Serve the pack until the engine ends it."""
    policies: list[Policy] = [_policy(rule) for rule in RULES if Subject.STACK in rule.subjects]
    PolicyPack("govcloud", policies, enforcement_level=EnforcementLevel.MANDATORY)


def _policy(rule: Rule) -> StackValidationPolicy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        judged = facts(tuple(_seen(each) for each in args.resources if each.resource_type.startswith(OURS)))
        for found in evaluate((rule,), judged):
            report(f"{found.code}({found.article}): {found.fact_zh}。{found.cure_zh}", None)

    return StackValidationPolicy(
        name=rule.code.lower().replace("_", "-"), description=f"{rule.title} ({rule.article})", validate=validate
    )


def _seen(resource: Any) -> Seen:
    named = resource.property_dependencies.get("qos_policy_id") or []
    limit = _known(named[0].props) if named else None
    return Seen(resource.resource_type, resource.name, _known(resource.props), limit)


def _known(props: Mapping[str, Any]) -> Mapping[str, object]:
    """The properties that the rules read; others may not be known before the resource exists."""
    return {name: props[name] for name in ("labels", "approved_mbps", "egress_kbps", "ingress_kbps") if name in props}


if __name__ == "__main__":
    main()
