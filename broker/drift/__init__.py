"""What the clouds have beside what was last approved and applied: asked, kept, told. Nothing here mends anything."""
