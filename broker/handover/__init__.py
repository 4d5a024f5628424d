"""Secrets that clouds make: kept in the secret store, handed over to their unit encrypted (docs/secrets.md)."""

from broker.handover.store import SecretStore, keeper

__all__ = ["SecretStore", "keeper"]
