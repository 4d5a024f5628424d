"""The audit log as others see it: signed checkpoints, proofs, what is published, whether it all holds together."""
