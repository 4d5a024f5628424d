"""Secrets that clouds make: kept in the deployment's secret store, handed over to their unit encrypted (design §5)."""

from broker.handover.store import SecretStore, keeper

__all__ = ["SecretStore", "keeper"]
