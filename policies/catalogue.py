"""Every rule in force, in one explicit table."""

from policies.rule import Rule
from policies.rules import (
    approval,
    contract,
    eligibility,
    entry,
    leaving,
    lifecycle,
    outside,
    quota,
    security,
    stack,
    timing,
    waiver,
    zones,
)

RULES: tuple[Rule, ...] = (
    *eligibility.RULES,
    *zones.RULES,
    *approval.RULES,
    *lifecycle.RULES,
    *security.RULES,
    *timing.RULES,
    *contract.RULES,
    *quota.RULES,
    *entry.RULES,
    *outside.RULES,
    *leaving.RULES,
    *waiver.RULES,
    *stack.RULES,
)
