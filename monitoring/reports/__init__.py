"""The monthly reports of the rule: one value from a closed month, set in four formats."""
