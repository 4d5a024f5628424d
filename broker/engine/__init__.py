"""Runs Pulumi: one CLI process per operation, with program, provider and events served from this process."""
