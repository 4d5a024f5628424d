"""From the estate to stack specs, and from specs to what must be done. Pure."""
