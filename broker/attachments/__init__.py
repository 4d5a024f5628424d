"""Files that documents point at by digest: they lie in a store with rights per role, never in the registry."""
