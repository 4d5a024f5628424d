"""Figures: the product beside the bare SDK and OpenTofu on the same sandbox, the engine beside the Automation API."""
