"""A real git host for tests: Gitea, built from Go modules in a pinned version, on loopback and PostgreSQL."""
