"""Every rule in force, in one explicit table."""

from policies.rule import Rule
from policies.rules import approval, contract, eligibility, leaving, lifecycle, quota, stack, timing, zones

RULES: tuple[Rule, ...] = (
    *eligibility.RULES,
    *zones.RULES,
    *approval.RULES,
    *lifecycle.RULES,
    *timing.RULES,
    *contract.RULES,
    *quota.RULES,
    *leaving.RULES,
    *stack.RULES,
)
