"""The ledger: what the broker must not forget between two runs, in PostgreSQL. Rebuilt from git and clouds if lost."""
