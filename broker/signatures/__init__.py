"""Detached signatures: who decided what, checked against the keys and roles that the registry itself holds."""
