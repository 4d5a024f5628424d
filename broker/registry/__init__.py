"""The registry: documents, signatures and records read from git, with everything that is wrong with them."""
