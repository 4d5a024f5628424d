"""A system leaves: its data are packed for the unit, and wiped with evidence once the unit has signed for them."""
