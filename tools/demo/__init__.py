"""The demo district, from its documents to real clouds, and a check that asks the clouds themselves."""
